import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { RohrpostError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import type { AccountRow } from '../store/desk/accounts.ts';
import { DESK_FILE, type Desk, openDesk } from '../store/desk.ts';
import { openPasswords } from '../web/people/passwords.ts';
import { removeSecondFactor } from '../web/people/second-factor.ts';

/**
 * The way back in for who stands at the box: gives an admin a one-time password, takes the second factor away, ends the
 * sessions, lifts every pause after wrong guesses. Works beside a running box; audited.
 * @param o.name of the admin; without it the first there was
 * @param o.become gives root's rights up for those of whose data it is
 * @throws RohrpostError console-only, box-unclaimed, account-no-admin
 */
export async function resetAdmin(
  folder: string,
  o: { name?: string | undefined; by: string; clock: Clock; become(folder: string): void },
): Promise<{ name: string; password: string }> {
  const { clock, by } = o;
  expectAtTheBox(folder);
  o.become(folder);
  const desk = openDesk(folder);
  try {
    const account = adminOf(desk, o.name);
    // 100 random bits, in groups that can be typed from a screen.
    const password = newId().replace(/(.{5})(?=.)/g, '$1-');
    const hash = await openPasswords().hash(password);
    // The secret store is another file; a secret that no row asks for does no harm.
    const { openSecrets } = await import('../config/secrets.ts');
    await removeSecondFactor({ desk, secrets: await openSecrets(folder, { clock }) }, account.id);
    desk.transaction(() => {
      desk.accounts.update(account.id, { password: hash, must_change: 1, disabled: 0 });
      desk.sessions.endOfAccount(account.id);
      desk.tokens.removeOfAccount(account.id);
      desk.guesses.clearAll('');
      desk.audit.add({ by, act: 'admin-reset', subject: account.name, now_ms: clock.now() });
    });
    return { name: account.name, password };
  } finally {
    desk.close();
  }
}

/** Root, or whose box it is. @throws RohrpostError console-only, box-unclaimed */
function expectAtTheBox(folder: string): void {
  if (!existsSync(folder)) throw new RohrpostError('box-unclaimed');
  const user = process.getuid?.();
  if (user !== 0 && user !== statSync(folder).uid) throw new RohrpostError('console-only');
  if (!existsSync(join(folder, DESK_FILE))) throw new RohrpostError('box-unclaimed');
}

/** The admin of that name, or the first there was. @throws RohrpostError account-no-admin, box-unclaimed */
function adminOf(desk: Desk, name: string | undefined): AccountRow {
  const admins = desk.accounts.all().filter(({ role }) => role === 'admin');
  const first = admins.toSorted((one, other) => one.created_ms - other.created_ms)[0];
  if (!first) throw new RohrpostError('box-unclaimed');
  if (name === undefined) return first;
  const found = admins.find((account) => account.name.toLowerCase() === name.toLowerCase());
  const allowed = admins.map((account) => account.name).join(', ');
  if (!found) throw new RohrpostError('account-no-admin', { details: { allowed } });
  return found;
}
