import { mailDomain, type Settings } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import { owe } from '../inbound/answers.ts';
import type { ActParts } from '../line/acts.ts';
import { confirmWithin_ms } from '../line/rules.ts';
import { messageId } from '../mail/compose.ts';
import type { Store } from '../store/store.ts';

/** What an operator's act (line/acts.ts) needs of a box, running or not. `by` names the operator in the history. */
export function actParts(o: { store: Store; settings(): Settings; clock: Clock; by: string; why?: string }): ActParts {
  const { store, settings, clock } = o;
  const parts = {
    mails: store.mails,
    receipts: store.receipts,
    sendsReceipts: (id: string) =>
      (settings().partners.find((partner) => partner.id === id)?.receipts.send ?? 'none') !== 'none',
    messageId: (id: string) => messageId(id, mailDomain(settings())),
    now: () => clock.now(),
    steady: () => clock.steady(),
  };
  return {
    by: o.by,
    ...(o.why !== undefined && { why: o.why }),
    now: parts.now,
    steady: parts.steady,
    confirmWithin_ms: (id) => confirmWithin_ms(settings(), id),
    owe: (mailId, disposition, errorCode) => owe(parts, mailId, disposition, errorCode),
  };
}
