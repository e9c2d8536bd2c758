import { join, relative } from 'node:path';
import { hashFile, removeFile, syncFolder } from '../core/files.ts';
import { newId } from '../core/ids.ts';
import { done, type Outcome } from '../line/outcome.ts';
import type { MailRow, MailTable } from '../store/mails.ts';

/** Puts message/partial fragments (RFC 2046 §5.2.2) together, whatever their order; keyed by sender and id. */
export interface Fragments {
  arrived(
    mail: MailRow,
    fragment: { partnerId: string; id: string; number: number; total: number | null },
  ): Promise<Outcome>;
}

export interface FragmentParts {
  mails: MailTable;
  folder: string;
  /** Joins fragment files in order into one durable mail file and tells its size and Message-ID. */
  join(paths: readonly string[], out: string): Promise<{ sizeBytes: number; messageId: string | null }>;
  now(): number;
  steady(): number;
}

export function fragments(o: FragmentParts): Fragments {
  return {
    arrived: async (mail, { partnerId, id, number, total }) => {
      const remember = () => o.mails.setFragment(mail.id, { partnerId, fragmentId: id, number, total });
      const have = new Map(o.mails.fragments(partnerId, id).map((other) => [other.fragment_number!, other]));
      if (have.has(number)) return done('duplicate', { after: () => void removeFile(join(o.folder, mail.path)) });
      have.set(number, mail);
      const count = total ?? [...have.values()].find((other) => other.fragment_total !== null)?.fragment_total ?? null;
      if (count === null || have.size < count) return done('fragment', { commit: remember });
      const ordered = [...have.entries()].sort(([a], [b]) => a - b).map(([, row]) => row);
      return joined(o, mail, ordered, remember);
    },
  };
}

async function joined(
  o: FragmentParts,
  last: MailRow,
  ordered: readonly MailRow[],
  remember: () => void,
): Promise<Outcome> {
  const out = join(o.folder, 'spool', 'inbox', `${newId()}.eml`);
  const paths = ordered.map((row) => join(o.folder, row.path));
  const { sizeBytes, messageId } = await o.join(paths, out);
  await syncFolder(join(o.folder, 'spool', 'inbox'));
  const sha256 = await hashFile(out);
  return done('joined', {
    commit: () => {
      remember();
      for (const row of ordered) if (row.id !== last.id) o.mails.move(row.id, { state: 'joined' }, o.now());
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
    after: () => {
      for (const path of paths) void removeFile(path).catch(() => {});
    },
  });
}
