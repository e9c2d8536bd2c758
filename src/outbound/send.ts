import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Partner } from '../config/schema.ts';
import { RohrpostError } from '../core/errors.ts';
import { removeFile } from '../core/files.ts';
import { lineLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import type { Station } from '../line/conveyor.ts';
import { done, failed, type Outcome, wait } from '../line/outcome.ts';
import type { SmtpSender } from '../mail/smtp.ts';
import type { PartRow, PartTable } from '../store/parts.ts';

export interface SendParts {
  parts: PartTable;
  folder: string;
  partner(id: string): Partner | undefined;
  /** The way to a partner: its own listener or our mail server. `account` names it for conditions of the whole account. */
  way(partner: Partner): { account: string; sender: SmtpSender };
  from(): string;
  encryptionKey(partner: Partner): Promise<{ fingerprint: string; keyIds: readonly string[] }>;
  /** Key ids that a sealed mail file is encrypted to, read from the file itself. */
  recipientsOf(path: string): Promise<readonly string[]>;
  /** The account refuses our log-in (or takes it again): one alarm for all its mails (F35). */
  onAccount(account: string, error: RohrpostError | null): void;
  /** The mail is too large for the way; learn the limit and plan the consignment anew if no part was accepted (F30). */
  onTooLarge(part: PartRow, error: RohrpostError): Outcome;
  /** Runs in the transaction that moved the part. */
  onMoved(part: PartRow): void;
  log: Log;
  now(): number;
  steady(): number;
}

/**
 * Station "send": a sealed mail → accepted by the mail server, refused, or unknown; the same bytes under the same Message-ID
 * on every try, so that a foreign receiver sees the same identity again and our own drops the repeat (F32, F33).
 */
export function sendStation(o: SendParts): Station<PartRow> {
  const gates = new Map<string, { until_ms: number; pause_ms: number }>();
  return {
    name: 'send',
    table: o.parts,
    from: ['sealed'],
    concurrency: 8,
    perLane: 2,
    deadline_ms: lineLimits.send_ms,
    heldState: 'held',
    onHeld: o.onMoved,
    run: ([part], { signal }) => send(o, gates, part!, signal),
  };
}

type Gates = Map<string, { until_ms: number; pause_ms: number }>;

async function send(o: SendParts, gates: Gates, part: PartRow, signal: AbortSignal): Promise<Outcome> {
  const partner = o.partner(part.partner_id);
  if (!partner) return failed(new RohrpostError('partner-gone', { details: { partner: part.partner_id } }));
  const key = await o.encryptionKey(partner);
  if (part.sealed_for !== key.fingerprint && part.mails_sent === 0) return done('planned', { due_ms: o.steady() });

  const { account, sender } = o.way(partner);
  const gate = gates.get(account);
  if (gate && gate.until_ms > o.steady()) return wait(gate.until_ms, new RohrpostError('send-account-waits'));

  const paths = (JSON.parse(part.mail_paths) as string[]).map((path) => join(o.folder, path));
  let response = '';
  for (const [index, path] of paths.entries()) {
    if (index < part.mails_sent) continue;
    // The one check of invariant I5 that trusts nothing but the file on disk. Later fragments carry no packet to look at.
    if (index === 0) await assertSealedFor(o, path, key.keyIds, part);
    const mail = { path, from: o.from(), to: partner.address, sizeBytes: (await stat(path)).size };
    const result = await sender.send(mail, { signal });
    if (result.kind !== 'accepted') return notAccepted(o, gates, account, part, result.error);
    response = result.response;
    o.parts.setMailsSent(part.id, index + 1);
  }
  if (gates.delete(account)) o.onAccount(account, null);
  return done('sent', {
    commit: () => {
      o.parts.setSent(part.id, { sent_ms: o.now(), response });
      o.onMoved(part);
    },
    after: () => {
      for (const path of paths) removeFile(path).catch(() => {});
    },
  });
}

/** Refuses to send what is not encrypted to the routed partner's pinned key and to nobody else (F26). */
async function assertSealedFor(o: SendParts, path: string, keyIds: readonly string[], part: PartRow): Promise<void> {
  const recipients = await o.recipientsOf(path);
  if (recipients.length === 1 && keyIds.includes(recipients[0]!)) return;
  throw new RohrpostError('send-wrong-recipient', { details: { part: part.id, recipients: recipients.length } });
}

function notAccepted(o: SendParts, gates: Gates, account: string, part: PartRow, error: RohrpostError): Outcome {
  if (error.code === 'transport-too-large') return o.onTooLarge(part, error);
  if (error.code === 'transport-auth-failed') {
    // Knocking with a wrong password locks accounts: all mail of the account waits, ever longer, and there is one alarm.
    const pause_ms = Math.min((gates.get(account)?.pause_ms ?? 30_000) * 2, lineLimits.backoff_cap_ms);
    const until_ms = o.steady() + pause_ms;
    gates.set(account, { until_ms, pause_ms });
    o.onAccount(account, error);
    return wait(until_ms, error);
  }
  return failed(error);
}
