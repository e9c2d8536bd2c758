import { join, relative } from 'node:path';
import { asRohrpostError, type ErrorCode, RohrpostError } from '../core/errors.ts';
import { freeBytes, removeBeginningWith, removeFile } from '../core/files.ts';
import { lineLimits } from '../core/limits.ts';
import type { Station } from '../line/conveyor.ts';
import { done, type Outcome, stop, wait } from '../line/outcome.ts';
import type { MailRow, MailTable } from '../store/mails.ts';
import type { Correspondent, OpenJob, OpenResult } from '../workers/open.ts';
import type { Answers } from './answers.ts';

export interface OpenParts {
  mails: MailTable;
  folder: string;
  open(job: OpenJob, signal: AbortSignal): Promise<OpenResult>;
  /** @throws RohrpostError own-key-missing, pgp-passphrase-wrong */
  ownKey(): Promise<{ armored: string; passphrase: string }>;
  partners(): Promise<Correspondent[]>;
  acceptsUnsigned(partnerId: string): boolean;
  answers: Answers;
  /** A clock that is plainly wrong must not verify signatures or call keys expired (F54). */
  clockTrusted(): boolean;
  now(): number;
  steady(): number;
}

/**
 * Station "open": a mail file → verified signer and decrypted content, or what else the mail is: a receipt, a bounce, a
 * fragment, somebody else's. Whatever cannot be trusted goes to quarantine with its reason and reaches no target.
 */
export function openStation(o: OpenParts): Station<MailRow> {
  return {
    name: 'open',
    table: o.mails,
    from: 'collected',
    concurrency: 2,
    perLane: 2,
    deadline_ms: lineLimits.crypto_ms,
    heldState: 'quarantined',
    run: ([mail], { signal }) => openOne(o, mail!, signal),
  };
}

/** How often a mail asks whether what it waits for is there: the clock, our key. */
const ASK_AGAIN_MS = 60_000;

/**
 * What one mail's content may take of the free space. A full box goes on opening, so that it drains; but two mails are opened
 * at a time, and RFC 3156 §6.1 takes two copies.
 */
const ROOM_SHARE = 0.25;

async function openOne(o: OpenParts, mail: MailRow, signal: AbortSignal): Promise<Outcome> {
  if (!o.clockTrusted()) return wait(o.steady() + ASK_AGAIN_MS, new RohrpostError('clock-untrusted'));
  const path = join(o.folder, mail.path);
  const drop = () => void removeFile(path).catch(() => {});
  const earlier = o.mails.earlierSame(mail);
  if (earlier) return done('duplicate', { commit: () => o.answers.repeat(earlier), after: drop });

  const work = join(o.folder, 'spool', 'work');
  const out = join(work, `${mail.id}.mime`);
  if (mail.attempts > 0) await removeBeginningWith(work, `${mail.id}.`);
  else await removeFile(out);
  const ownKey = await o.ownKey().catch((error: unknown) => asRohrpostError(error, 'own-key-missing'));
  // No fault of the mail's: it waits until our key is there again (F28).
  if (ownKey instanceof RohrpostError) return wait(o.steady() + ASK_AGAIN_MS, ownKey);
  const job = {
    path,
    out,
    ownKey,
    partners: await o.partners(),
    nowMs: o.now(),
    roomBytes: ROOM_SHARE * (await freeBytes(o.folder)),
  };
  const result = await o.open(job, signal);
  switch (result.kind) {
    case 'other':
      return done('set-aside', { after: drop });
    case 'unknown-sender':
      return stop('quarantined', new RohrpostError('open-sender-unknown'));
    case 'bounce':
      return done('done', { commit: () => o.answers.bounced(result.reports), after: drop });
    case 'receipt':
      return receipt(o, mail, result, drop);
    case 'fragment':
      return done('fragment', {
        due_ms: o.steady(),
        commit: () => {
          const { partnerId, id, number, total } = result;
          o.mails.setFragment(mail.id, { partnerId, fragmentId: id, number, total });
        },
      });
    case 'content':
      return done('opened', {
        due_ms: o.steady(),
        commit: () => {
          const { partnerId, signer, signedAtMs, receiptTo } = result;
          o.mails.setSender(mail.id, { partnerId, signer, signed_ms: signedAtMs, receiptTo });
          o.mails.setOpened(mail.id, relative(o.folder, out));
        },
      });
    case 'refused':
      return refused(o, mail, result);
  }
}

function receipt(
  o: OpenParts,
  mail: MailRow,
  result: Extract<OpenResult, { kind: 'receipt' }>,
  drop: () => void,
): Outcome {
  const commit = () => o.mails.setSender(mail.id, { partnerId: result.partnerId });
  if (!result.signed && !o.acceptsUnsigned(result.partnerId)) {
    return stop('quarantined', new RohrpostError('pgp-unsigned'), commit);
  }
  return done('done', {
    commit: () => {
      commit();
      o.answers.receipt(result.partnerId, result.receipt);
    },
    after: drop,
  });
}

/** Damage on the way, which the same content sent again would heal. */
const DAMAGE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'pgp-integrity-failed',
  'pgp-truncated',
  'pgp-malformed',
  'pgp-armor-truncated',
  'pgp-armor-malformed',
  'pgp-crc-mismatch',
  'mail-truncated',
  'mail-base64-broken',
]);

/**
 * The sender of a damaged mail cannot be known for sure. Asking the partner whose address it bears to send it again tells
 * nobody anything, and our own boxes do so only for mails that they really sent (F48).
 */
function refused(o: OpenParts, mail: MailRow, result: Extract<OpenResult, { kind: 'refused' }>): Outcome {
  return stop('quarantined', new RohrpostError(result.code, { details: result.details }), () => {
    o.mails.setSender(mail.id, { partnerId: result.partnerId, receiptTo: result.receiptTo });
    if (result.receiptTo && DAMAGE.has(result.code)) {
      o.answers.owe(mail.id, 'deleted/error', result.code);
    }
  });
}
