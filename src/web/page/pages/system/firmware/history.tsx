import type { FirmwareAnswer } from '../../../../firmware/answers.ts';
import { api } from '../../../lib/api.ts';
import { momentText } from '../../../lib/format.ts';
import { may } from '../../../lib/session.ts';
import { tell } from '../../../lib/tell.ts';
import { t } from '../../../lib/texts.ts';
import { Button } from '../../../parts/button.tsx';
import { Card } from '../../../parts/layout.tsx';
import { Table } from '../../../parts/table.tsx';
import { Badge, type Tone } from '../../../parts/words.tsx';
import type { FirmwareProps } from './now.tsx';

/** Versions that did not work here; a person may say that they are to be tried again. */
export function Failed({ firmware: { failed }, reload }: FirmwareProps) {
  if (failed.length === 0) return null;
  const tryAgain = async (version: string) => {
    await api.post('/api/firmware/try-again', { version });
    tell('ok', t('firmware.tried-again', { version }));
    await reload();
  };
  return (
    <Card title={t('firmware.failed')}>
      <p class="hint">{t('firmware.failed-lead')}</p>
      <ul class="lines">
        {failed.map(({ version, words, at_ms }) => (
          <li key={`${version} ${at_ms}`}>
            <strong>{version}</strong> ({momentText(at_ms)}): {words}
            {may('admin') && (
              <div class="actions end">
                <Button onClick={() => tryAgain(version)}>{t('firmware.try-again', { version })}</Button>
              </div>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

const TONES: Readonly<Record<FirmwareAnswer['history'][number]['result'], Tone>> = {
  installed: 'info',
  good: 'ok',
  'fell-back': 'warn',
  refused: 'fail',
  failed: 'fail',
};

/** What became of updates, and why. */
export function History({ firmware: { history } }: { firmware: FirmwareAnswer }) {
  return (
    <Card title={t('firmware.history')} wide>
      <Table
        caption={t('firmware.history')}
        head={[t('firmware.version'), t('firmware.result'), t('firmware.at'), t('firmware.from')]}
        empty={<p>{t('firmware.history-none')}</p>}
        rows={history.map(({ version, result, words, at_ms, by }) => ({
          key: `${version} ${at_ms} ${result}`,
          cells: [
            version,
            <>
              <Badge tone={TONES[result]}>{t(`firmware.result-${result}`)}</Badge>
              {words && <p class="hint">{words}</p>}
            </>,
            momentText(at_ms),
            t(`firmware.by-${by}`),
          ],
        }))}
      />
    </Card>
  );
}
