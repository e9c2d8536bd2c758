import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { RohrpostError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import type { AccountRow } from '../store/desk/accounts.ts';
import { DESK_FILE, type Desk, openDesk } from '../store/desk.ts';
import { openPasswords } from '../web/people/passwords.ts';
import { removeSecondFactor } from '../web/people/second-factor.ts';
import { addCommand } from './command.ts';
import type { Console } from './console.ts';
import { becomeOwner } from './data.ts';

/**
 * `rohrpost reset-admin [name]`: the way back in for who stands at the box. Gives an admin a one-time password, takes the
 * second factor away, ends the sessions, lifts every pause after wrong guesses. Works beside a running box.
 */
export function addResetAdminCommand(program: Command, c: Console): void {
  addCommand(program, c, 'reset-admin', 'help.reset-admin')
    .argument('[name]', c.say('help.admin-name'))
    .option('--by <name>', c.say('help.by'))
    .action((name?: string) => resetAdmin(c, name));
}

async function resetAdmin(c: Console, name: string | undefined): Promise<void> {
  expectAtTheBox(c.folder);
  becomeOwner(c.folder);
  const desk = openDesk(c.folder);
  try {
    const account = adminOf(desk, name);
    // 100 random bits, in groups that can be typed from a screen.
    const password = newId().replace(/(.{5})(?=.)/g, '$1-');
    const hash = await openPasswords().hash(password);
    // The secret store is another file; a secret that no row asks for does no harm.
    const { openSecrets } = await import('../config/secrets.ts');
    await removeSecondFactor({ desk, secrets: await openSecrets(c.folder, { clock: c.clock }) }, account.id);
    desk.transaction(() => {
      desk.accounts.update(account.id, { password: hash, must_change: 1, disabled: 0 });
      desk.sessions.endOfAccount(account.id);
      desk.tokens.removeOfAccount(account.id);
      desk.guesses.clearAll('');
      desk.audit.add({ by: c.by, act: 'admin-reset', subject: account.name, now_ms: c.clock.now() });
    });
    c.line(c.say('reset-admin.done', { name: account.name }));
    c.line();
    c.line(`    ${password}`);
    c.line();
    c.line(c.say('reset-admin.next'));
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
