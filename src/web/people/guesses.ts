import { isIPv6 } from 'node:net';
import { type ErrorCode, RohrpostError } from '../../core/errors.ts';
import { peopleLimits as limits } from '../../core/people-limits.ts';
import type { AccountRow } from '../../store/desk/accounts.ts';
import type { GuessRow } from '../../store/desk/guesses.ts';
import type { Premises } from '../premises.ts';

/**
 * Lock-out with growing pauses. A guess counts before it is looked at, so that a hundred at once are no way around; while a
 * pause lasts nothing is looked at, nor counted.
 *
 * Somebody who guesses at an account holds up everybody who comes to it from an address from which it was never used. From
 * an address that knows the account (its owner logged in there), only the guesses from that very address count, so nobody
 * can lock the owners out of their own desks from elsewhere. `rohrpost reset-admin` lifts everything.
 */
export interface Counter {
  readonly key: string;
  /** Wrong guesses before the first pause. */
  readonly free: number;
}

type House = Pick<Premises, 'desk' | 'clock'>;

/** The counters of a log-in. `name` is what was typed; `account` the one that has it. */
export function loginCounters({ desk }: House, o: { name: string; account: AccountRow | undefined; address: string }) {
  const { account, address } = o;
  if (account && desk.guesses.knows(account.id, address)) {
    return [{ key: `known:${account.id}:${address}`, free: limits.guesses_account }];
  }
  // Unknown names are counted like known ones: whoever guesses must not see the difference.
  return [
    { key: `account:${o.name.toLowerCase()}`, free: limits.guesses_account },
    { key: `address:${network(address)}`, free: limits.guesses_address },
  ];
}

/**
 * Counts a guess that is about to be looked at; gives back how to take that back.
 * @throws RohrpostError `code` with the seconds to wait, while one of the pauses lasts
 */
export function countGuess({ desk, clock }: House, counters: readonly Counter[], code: ErrorCode): () => void {
  const now_ms = clock.steady();
  const { guesses } = desk;
  return desk.transaction(() => {
    const rows = counters.map(({ key, free }) => ({ free, row: current(guesses.get(key), key, now_ms) }));
    const until_ms = Math.max(...rows.map(({ row }) => row.until_ms));
    if (until_ms > now_ms) throw new RohrpostError(code, { details: { seconds: secondsUntil(until_ms, now_ms) } });
    for (const { row, free } of rows) {
      const count = row.count + 1;
      guesses.put({ ...row, count, last_ms: now_ms, until_ms: now_ms + pause(count - free) }, limits.guess_rows);
    }
    return () => {
      for (const { key, free } of counters) takeBack(guesses.get(key), free);
    };
  });

  function takeBack(row: GuessRow | undefined, free: number): void {
    if (!row) return;
    const count = Math.max(0, row.count - 1);
    guesses.put({ ...row, count, until_ms: count > free ? row.until_ms : 0 }, limits.guess_rows);
  }
}

function current(row: GuessRow | undefined, key: string, now_ms: number): GuessRow {
  if (!row || now_ms - row.last_ms > limits.guess_forget_ms) return { key, count: 0, last_ms: now_ms, until_ms: 0 };
  // Further ahead than any pause: the clock was set back while the box was off.
  return { ...row, until_ms: row.until_ms - now_ms > limits.guess_most_ms ? 0 : row.until_ms };
}

function pause(beyond: number): number {
  if (beyond <= 0) return 0;
  return Math.min(limits.guess_most_ms, limits.guess_first_ms * 2 ** Math.min(beyond - 1, 30));
}

const secondsUntil = (until_ms: number, now_ms: number) => Math.ceil((until_ms - now_ms) / 1000);

/** An IPv6 host has as many addresses as it likes within its /64 (RFC 4291 §2.5.4). */
export function network(address: string): string {
  if (!isIPv6(address)) return address;
  const [head, tail] = address.split('::');
  const groups = head!.split(':').filter((group) => group !== '');
  const rest = tail === undefined ? [] : tail.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0');
  return [...groups, ...zeros, ...rest].slice(0, 4).join(':');
}
