import type { Clock } from '../core/clock.ts';
import type { RohrpostError } from '../core/errors.ts';
import type { CollectorState } from '../mail/imap.ts';

/** How the box sees its mailbox. */
export interface MailboxSight {
  readonly state: CollectorState['state'];
  /** What went wrong last, with the connection or with a single mail. */
  readonly error: RohrpostError | null;
  /** Mails in the folder at the last look. */
  readonly messages: number | null;
  /** Wall time at which the last look through the folder ended. */
  readonly looked_ms: number | null;
  /** Wall time at which a mail was seen last that somebody else took away before the box could; null: never. */
  readonly gone_ms: number | null;
}

/** Remembers what the collector tells; forgets it when the mailbox is another one or none. */
export function mailboxWatch(clock: Clock) {
  let sight: MailboxSight | null = null;
  let gone_ms: number | null = null;
  return {
    current: () => sight,
    tell: ({ state, error, mailbox }: CollectorState) => {
      sight = {
        state,
        error: error ?? (state === 'connected' ? (sight?.error ?? null) : null),
        messages: mailbox?.messages ?? sight?.messages ?? null,
        looked_ms: state === 'idle' ? clock.now() : (sight?.looked_ms ?? null),
        gone_ms,
      };
    },
    gone: () => {
      gone_ms = clock.now();
    },
    forget: () => {
      sight = null;
      gone_ms = null;
    },
  };
}
