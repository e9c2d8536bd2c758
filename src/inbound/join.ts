import { join, relative } from 'node:path';
import { RohrpostError } from '../core/errors.ts';
import { hashFile, removeFile } from '../core/files.ts';
import { newId } from '../core/ids.ts';
import { mailLimits } from '../core/limits.ts';
import type { Station } from '../line/conveyor.ts';
import { done, type Outcome, stop, wait } from '../line/outcome.ts';
import type { MailRow, MailTable } from '../store/mails.ts';

export interface JoinParts {
  mails: MailTable;
  folder: string;
  /** Joins fragment files in order into one durable mail file and tells its size and Message-ID. */
  join(paths: readonly string[], out: string): Promise<{ sizeBytes: number; messageId: string | null }>;
  now(): number;
  steady(): number;
}

/**
 * Station "join": message/partial fragments (RFC 2046 §5.2.2), in whatever order they come → the mail that was cut, collected
 * like any other. Keyed by sender and id; of two with one number the later counts, for a mail sealed anew keeps its id. One at
 * a time, so that the last to come always sees all the others.
 */
export function joinStation(o: JoinParts): Station<MailRow> {
  return {
    name: 'join',
    table: o.mails,
    from: 'fragment',
    concurrency: 1,
    perLane: 1,
    deadline_ms: 10 * 60_000,
    longestWait_ms: mailLimits.fragment_age_ms,
    heldState: 'quarantined',
    run: ([mail]) => joinOne(o, mail!),
  };
}

async function joinOne(o: JoinParts, mail: MailRow): Promise<Outcome> {
  const all = o.mails.fragments(mail.partner_id!, mail.fragment_id!);
  const latest = new Map(all.map((row) => [row.fragment_number!, row]));
  if (latest.get(mail.fragment_number!)?.id !== mail.id) {
    return done('duplicate', { after: () => drop(o, [mail]) });
  }
  const fellows = [...latest.values()];
  const total = fellows.find((row) => row.fragment_total !== null)?.fragment_total;
  if (total === undefined || fellows.length < total!) return keepWaiting(o, mail, fellows.length);
  return joined(o, mail, fellows, all);
}

function keepWaiting(o: JoinParts, mail: MailRow, come: number): Outcome {
  const left_ms = mail.received_ms + mailLimits.fragment_age_ms - o.now();
  if (left_ms <= 0) return stop('quarantined', new RohrpostError('open-fragments-missing', { details: { come } }));
  return wait(o.steady() + Math.min(left_ms, mailLimits.fragment_age_ms));
}

async function joined(
  o: JoinParts,
  last: MailRow,
  fellows: readonly MailRow[],
  all: readonly MailRow[],
): Promise<Outcome> {
  const out = join(o.folder, 'spool', 'inbox', `${newId()}.eml`);
  const { sizeBytes, messageId } = await o.join(
    fellows.map((row) => join(o.folder, row.path)),
    out,
  );
  const sha256 = await hashFile(out);
  return done('joined', {
    commit: () => {
      for (const row of all) {
        if (row.id === last.id) continue;
        o.mails.move(row.id, { state: fellows.includes(row) ? 'joined' : 'duplicate' }, o.now());
      }
      o.mails.add({
        source: 'joined',
        mailboxKey: null,
        messageId: messageId ?? last.message_id,
        sha256,
        sizeBytes,
        path: relative(o.folder, out),
        now_ms: o.now(),
        due_ms: o.steady(),
      });
    },
    after: () => drop(o, all),
  });
}

function drop(o: JoinParts, mails: readonly MailRow[]): void {
  for (const { path } of mails) void removeFile(join(o.folder, path)).catch(() => {});
}
