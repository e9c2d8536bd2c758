import type { UnderWayAnswer } from '../../../routes/system.ts';
import { t } from '../../lib/texts.ts';

const KINDS = ['arriving', 'sending', 'incoming', 'delivering'] as const;

/** What a restart would interrupt just now. */
export function UnderWay({ now }: { now: UnderWayAnswer }) {
  const busy = KINDS.filter((kind) => now[kind] > 0);
  if (busy.length === 0) return <p>{t('system.restart-idle')}</p>;
  return (
    <>
      <p>{t('system.restart-busy')}</p>
      <ul>
        {busy.map((kind) => (
          <li key={kind}>{t(`system.under-${kind}`, { count: now[kind] })}</li>
        ))}
      </ul>
    </>
  );
}
