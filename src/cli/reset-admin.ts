import type { Command } from 'commander';
import { resetAdmin } from './admin-reset.ts';
import { addCommand } from './command.ts';
import type { Console } from './console.ts';
import { becomeOwner } from './data.ts';

/** `rohrpost reset-admin [name]`: the way back in for who stands at the box. */
export function addResetAdminCommand(program: Command, c: Console): void {
  addCommand(program, c, 'reset-admin', 'help.reset-admin')
    .argument('[name]', c.say('help.admin-name'))
    .option('--by <name>', c.say('help.by'))
    .action(async (name?: string) => {
      const found = await resetAdmin(c.folder, { name, by: c.by, clock: c.clock, become: becomeOwner });
      c.line(c.say('reset-admin.done', { name: found.name }));
      c.line();
      c.line(`    ${found.password}`);
      c.line();
      c.line(c.say('reset-admin.next'));
    });
}
