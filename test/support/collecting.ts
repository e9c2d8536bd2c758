import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { mailLimits } from '../../src/core/limits.ts';
import { silentLog } from '../../src/core/log.ts';
import type { ImapAccount, ServerMail } from '../../src/mail/imap.ts';
import { type Collector, type CollectorOptions, type CollectorState, collectMail } from '../../src/mail/imap.ts';

export type TakenMail = ServerMail & { path: string; sha256: string };

/** A collector that writes down all it does; its ledger outlives it when handed to the next one. */
export interface Collecting {
  collector: Collector;
  taken: TakenMail[];
  states: CollectorState[];
  ledger: Set<string>;
  /** Mails that somebody else took away. */
  gone: number;
  /** Codes of all errors told so far. */
  errors(): string[];
  /** Waits until it is so; fails after a while, with what was told. */
  until(done: (now: Collecting) => boolean): Promise<void>;
}

export const QUICK_LIMITS = { ...mailLimits, poll_ms: 300, backoff_first_ms: 50, backoff_last_ms: 200 };

/** Collects into `folder`. Mails whose header says X-TELEMEDICINE-SETID are wanted, the others are other people's. */
export function collecting(
  account: ImapAccount,
  folder: string,
  o: Partial<CollectorOptions> & { ledger?: Set<string> } = {},
): Collecting {
  let count = 0;
  const ledger = o.ledger ?? new Set<string>();
  const key = (mail: { messageId: string | null; sizeBytes: number }) => `${mail.messageId} ${mail.sizeBytes}`;
  const now: Collecting = {
    taken: [],
    states: [],
    gone: 0,
    ledger,
    errors: () => now.states.flatMap((state) => (state.error ? [state.error.code] : [])),
    async until(done) {
      for (const deadline = performance.now() + 20_000; !done(now); ) {
        if (performance.now() > deadline) throw new Error(`never came true; told: ${now.errors()}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    collector: collectMail(account, {
      clock: systemClock(),
      log: silentLog,
      limits: QUICK_LIMITS,
      newPath: () => join(folder, `${performance.now()}-${++count}`),
      wanted: (mail) => (/^X-TELEMEDICINE-SETID:/im.test(mail.head.toString('latin1')) ? 'take' : 'leave'),
      gone: () => void now.gone++,
      onState: (state) => void now.states.push(state),
      ...o,
      alreadyTaken: (mail) => ledger.has(key(mail)),
      async taken(mail) {
        await o.taken?.(mail);
        const hash = createHash('sha256').update(await readFile(mail.path));
        if (hash.digest('hex') !== mail.sha256) throw new Error('the hash told is not that of the file');
        ledger.add(key(mail));
        now.taken.push(mail);
      },
    }),
  };
  return now;
}
