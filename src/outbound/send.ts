import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Partner } from '../config/schema.ts';
import { RohrpostError } from '../core/errors.ts';
import { ifThere, removeFile } from '../core/files.ts';
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
  way(partner: Partner): Promise<{ account: string; sender: SmtpSender }>;
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
  const gates: Gates = new Map();
  return {
    name: 'send',
    table: o.parts,
    from: 'sealed',
    concurrency: 8,
    perLane: 2,
    deadline_ms: lineLimits.send_ms,
    heldState: 'held',
    onHeld: o.onMoved,
    run: ([part], { signal }) => send(o, gates, part!, signal),
  };
}

/** A gate before an account that refuses our log-in: until when its mails wait. New settings make a new sender. */
interface Gate {
  readonly sender: SmtpSender;
  readonly pause_ms: number;
  until_ms: number;
}

type Gates = Map<string, Gate>;

const FIRST_GATE_MS = 60_000;

async function send(o: SendParts, gates: Gates, part: PartRow, signal: AbortSignal): Promise<Outcome> {
  const partner = o.partner(part.partner_id);
  if (!partner) return failed(new RohrpostError('partner-gone', { details: { partner: part.partner_id } }));
  const key = await o.encryptionKey(partner);
  // Never to a key that is no longer the pinned one, also where fragments of the old sealing have left (F25).
  if (part.sealed_for !== key.fingerprint) return done('planned', { due_ms: o.steady() });

  const paths = (JSON.parse(part.mail_paths) as string[]).map((path) => join(o.folder, path));
  const hashes = JSON.parse(part.mail_sha256) as string[];
  const sizes = await Promise.all(paths.map(sizeOf));
  // Fragments repeat a head: together they are longer than the mail.
  if (sizes.includes(0) || sizes.reduce((sum, size) => sum + size, 0) < part.mail_bytes) {
    const details = { size_bytes: part.mail_bytes, reason: `${sizes.join(' + ')} bytes` };
    return sealedAnew(o, part, new RohrpostError('transport-file-unusable', { details }));
  }

  const { account, sender } = await o.way(partner);
  const gate = gates.get(account);
  if (gate?.sender === sender) {
    if (gate.until_ms > o.steady()) return wait(gate.until_ms, new RohrpostError('send-account-waits'));
    // One mail tries the log-in; the others wait for what comes of it.
    gate.until_ms = o.steady() + gate.pause_ms;
  }

  let response = '';
  for (const [index, path] of paths.entries()) {
    if (index < part.mails_sent) continue;
    // The one check of invariant I5 that trusts nothing but the file on disk. Later fragments carry no packet to look at.
    if (index === 0) await assertSealedFor(o, path, key.keyIds, part);
    const mail = { path, from: o.from(), to: partner.address, sizeBytes: sizes[index]!, sha256: hashes[index] };
    const result = await sender.send(mail, { signal });
    if (result.kind !== 'accepted') {
      const { error } = result;
      if (error.code === 'transport-file-unusable' && index === 0) return sealedAnew(o, part, error);
      if (error.code === 'transport-too-large') return o.onTooLarge(part, error);
      if (error.code === 'transport-auth-failed') return shut(o, gates, account, sender, gate, error);
      return failed(error);
    }
    response = result.response;
    o.parts.setMailsSent(part, index + 1);
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

/** 0 for a file that is not there. */
async function sizeOf(path: string): Promise<number> {
  return (await ifThere(stat(path)))?.size ?? 0;
}

/**
 * A mail that is gone or was altered where it lay (F24) is sealed anew: the same part under the same Message-ID, also where it
 * was sent once and an older ledger knows nothing of it (F68). Not where fragments of it have left, and not for ever.
 */
function sealedAnew(o: SendParts, part: PartRow, error: RohrpostError): Outcome {
  if (part.mails_sent > 0 || part.sealings > lineLimits.resend_attempts) return failed(error);
  o.log.warn('a sealed mail is not what it was; sealed anew', { part: part.id, ...error.details });
  return done('planned', { due_ms: o.steady() });
}

/** Refuses to send what is not encrypted to the routed partner's pinned key and to nobody else (F26). */
async function assertSealedFor(o: SendParts, path: string, keyIds: readonly string[], part: PartRow): Promise<void> {
  const recipients = await o.recipientsOf(path);
  if (recipients.length === 1 && keyIds.includes(recipients[0]!)) return;
  throw new RohrpostError('send-wrong-recipient', { details: { part: part.id, recipients: recipients.length } });
}

/**
 * Knocking with a wrong password locks accounts: all mail of the account waits, ever longer, and there is one alarm (F35).
 * `before` is the gate that the failed mail had found; another mail of the same moment may have shut a new one since.
 */
function shut(
  o: SendParts,
  gates: Gates,
  account: string,
  sender: SmtpSender,
  before: Gate | undefined,
  error: RohrpostError,
): Outcome {
  const now = gates.get(account);
  if (now && now !== before) return wait(now.until_ms, error);
  const pause_ms = before ? Math.min(before.pause_ms * 2, lineLimits.backoff_cap_ms) : FIRST_GATE_MS;
  const until_ms = o.steady() + pause_ms;
  gates.set(account, { sender, pause_ms, until_ms });
  if (!before) o.onAccount(account, error);
  return wait(until_ms, error);
}
