import type { FirmwareAnswer } from '../../../../firmware/answers.ts';
import { momentText, timeText } from '../../../lib/format.ts';
import { may } from '../../../lib/session.ts';
import { t } from '../../../lib/texts.ts';
import { LinkButton } from '../../../parts/button.tsx';
import { Card, Facts } from '../../../parts/layout.tsx';
import { Badge, Notice, Progress } from '../../../parts/words.tsx';

/** What every part of the page takes. */
export interface FirmwareProps {
  firmware: FirmwareAnswer;
  reload: () => Promise<void>;
}

const DAY_MS = 24 * 3_600_000;

/** What runs, in which place, and what is going on with it. */
export function Now({ firmware }: FirmwareProps) {
  const { running, other, channel, operator, phase, progress, trouble } = firmware;
  return (
    <Card title={t('firmware.now')}>
      <Facts
        rows={[
          [
            t('firmware.version'),
            <>
              {running.version}, {t('firmware.slot', { slot: running.slot })}{' '}
              <Badge tone={running.trial ? 'info' : 'ok'}>
                {t(running.trial ? 'firmware.trial' : 'firmware.confirmed')}
              </Badge>{' '}
              {running.variant === 'dev' && <Badge tone="warn">{t('firmware.dev')}</Badge>}
            </>,
          ],
          ...(other === null ? [] : [[t('firmware.other'), <Other other={other} />] as const]),
          [t('firmware.product'), running.product],
          [
            t('firmware.channel'),
            channel === null ? (
              t('firmware.channel-none')
            ) : (
              <>
                <span class="mono details">{channel.url}</span>
                <p class="hint">{t(`firmware.channel-${channel.by}`)}</p>
              </>
            ),
          ],
          ...(operator === null ? [] : [[t('firmware.operator'), operator] as const]),
          [t('firmware.mode'), modeText(firmware)],
          [t('firmware.state'), <State firmware={firmware} />],
        ]}
      />
      {running.trial && <Notice tone="info">{t('firmware.trial-words')}</Notice>}
      {phase === 'installing' && (
        <div>
          <Progress label={t('firmware.progress')} value={progress?.percent ?? 0} {...(progress && { max: 100 })} />
          {/* The installer's own words. */}
          <p class="hint">{progress?.text}</p>
        </div>
      )}
      {trouble && (
        <Notice tone="warn" live>
          {trouble.words}
        </Notice>
      )}
      {may('admin') && (
        <div class="actions end">
          <LinkButton href="/settings">{t('firmware.change-settings')}</LinkButton>
        </div>
      )}
    </Card>
  );
}

function Other({ other }: { other: NonNullable<FirmwareAnswer['other']> }) {
  return (
    <>
      {other.version ?? t('firmware.other-empty')}, {t('firmware.slot', { slot: other.slot })}{' '}
      {other.version !== null && !other.good && <Badge tone="warn">{t('firmware.other-bad')}</Badge>}
    </>
  );
}

function modeText({ automatic, window }: FirmwareAnswer): string {
  if (!automatic) return t('firmware.mode-manual');
  return window ? t('firmware.mode-automatic', window) : t('firmware.mode-by-itself');
}

function State({ firmware: { phase, waiting } }: { firmware: FirmwareAnswer }) {
  const words = waiting && t(`firmware.waits-${waiting.for}`);
  return (
    <span role="status">
      {t(`firmware.phase-${phase}`)}
      {words && (
        <span class="hint">
          {' – '}
          {waiting.until_ms === null ? words : t('firmware.waits-until', { words, time: soonText(waiting.until_ms) })}
        </span>
      )}
    </span>
  );
}

/** The time alone within a day, else with its date. */
export function soonText(at_ms: number): string {
  return Math.abs(at_ms - Date.now()) < DAY_MS ? timeText(at_ms) : momentText(at_ms);
}
