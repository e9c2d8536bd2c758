import { signal } from '@preact/signals';
import type { FirmwareAnswer } from '../../../../firmware/answers.ts';
import type { UnderWayAnswer } from '../../../../routes/system.ts';
import { api } from '../../../lib/api.ts';
import { bytesText, momentText } from '../../../lib/format.ts';
import { may } from '../../../lib/session.ts';
import { tell } from '../../../lib/tell.ts';
import { t } from '../../../lib/texts.ts';
import { Button } from '../../../parts/button.tsx';
import { ask } from '../../../parts/dialog.tsx';
import { SelectField } from '../../../parts/fields.tsx';
import { Card, Facts } from '../../../parts/layout.tsx';
import { Notice } from '../../../parts/words.tsx';
import { awaitRestart, MACHINE_MS } from '../restarting.tsx';
import { UnderWay } from '../under-way.tsx';
import { type FirmwareProps, soonText } from './now.tsx';

/** What the source has, what is installed already, and the buttons. */
export function Offer({ firmware, reload }: FirmwareProps) {
  const { offered, installed, lastCheck, nextCheck_ms, channel, phase } = firmware;
  const isBusy = phase === 'installing' || phase === 'restarting';
  const check = async () => {
    try {
      await api.post('/api/firmware/check');
      tell('ok', t('firmware.checked'));
    } finally {
      await reload();
    }
  };
  const install = async (version: string) => {
    if (!(await confirmInstall(t('firmware.install-ask', { version })))) return;
    await api.post('/api/firmware/install', { restart: atOnce.value });
    tell('ok', t('firmware.begun'));
    await reload();
  };
  return (
    <Card title={t('firmware.offer')}>
      {installed && <Installed version={installed.version} />}
      {offered ? <Offered offered={offered} /> : !installed && <p>{t('firmware.offer-none')}</p>}
      <Facts
        rows={[
          [t('firmware.last-check'), lastCheck ? momentText(lastCheck.at_ms) : t('firmware.never')],
          ...(nextCheck_ms === null ? [] : [[t('firmware.next-check'), soonText(nextCheck_ms)] as const]),
        ]}
      />
      {lastCheck?.words && (
        <Notice tone="warn" live>
          {lastCheck.words}
        </Notice>
      )}
      {may('admin') && (
        <div class="actions end">
          {channel !== null && (
            <Button onClick={check} icon="refresh" disabled={isBusy}>
              {t('firmware.check')}
            </Button>
          )}
          {offered && (
            <Button kind="primary" onClick={() => install(offered.version)} disabled={isBusy}>
              {t('firmware.install')}
            </Button>
          )}
        </div>
      )}
    </Card>
  );
}

function Offered({ offered }: { offered: NonNullable<FirmwareAnswer['offered']> }) {
  const { version, notes, size_bytes, downgrade, stage_percent } = offered;
  return (
    <>
      <Facts
        rows={[
          [t('firmware.version'), version],
          [t('firmware.size'), bytesText(size_bytes)],
          [t('firmware.stage'), stageText(stage_percent)],
        ]}
      />
      {downgrade && <Notice tone="warn">{t('firmware.downgrade')}</Notice>}
      {notes !== '' && (
        <>
          <h3>{t('firmware.notes')}</h3>
          <p class="notes">{notes}</p>
        </>
      )}
    </>
  );
}

function stageText(percent: number): string {
  return percent >= 100 ? t('firmware.stage-all') : t('firmware.stage-some', { percent });
}

function Installed({ version }: { version: string }) {
  const restart = async () => {
    const now = await api.get<UnderWayAnswer>('/api/system/under-way');
    const title = t('firmware.restart-ask', { version });
    const text = <UnderWay now={now} />;
    if ((await ask({ title, text, confirm: t('firmware.restart') })) === null) return;
    await api.post('/api/firmware/restart');
    awaitRestart(MACHINE_MS);
  };
  return (
    <Notice tone="info" title={t('firmware.installed')}>
      <p>{t('firmware.installed-words', { version })}</p>
      {may('admin') && (
        <Button onClick={restart} icon="refresh">
          {t('firmware.restart')}
        </Button>
      )}
    </Notice>
  );
}

/** What was chosen in the question: restart at once, or when it disturbs nobody. */
export const atOnce = signal(false);

/** Asks before an installation, says what moves, and what comes afterwards. */
export async function confirmInstall(title: string): Promise<boolean> {
  atOnce.value = false;
  const now = await api.get<UnderWayAnswer>('/api/system/under-way');
  const text = (
    <div class="stack">
      <p>{t('firmware.install-words')}</p>
      <UnderWay now={now} />
      <Then />
    </div>
  );
  return (await ask({ title, text, confirm: t('firmware.install') })) !== null;
}

/** When the box restarts into what it installs. */
export function Then() {
  return (
    <SelectField
      label={t('firmware.then')}
      value={atOnce.value ? 'now' : 'window'}
      onChange={(chosen) => {
        atOnce.value = chosen === 'now';
      }}
      options={[
        { value: 'window', label: t('firmware.then-window') },
        { value: 'now', label: t('firmware.then-now') },
      ]}
    />
  );
}
