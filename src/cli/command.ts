import { type Command, Option } from 'commander';
import type { Console } from './console.ts';
import type { TextKey } from './texts.ts';

/** A command with the options that all have: they may stand anywhere, and `openConsole` has read them already. */
export function addCommand(parent: Command, c: Console, usage: string, description: TextKey & HelpKey): Command {
  return withCommonOptions(parent.command(usage), c).description(c.say(description));
}

/** A group of commands, such as `partner`. */
export function addGroup(parent: Command, c: Console, name: string, description: HelpKey): Command {
  return parent.command(name).description(c.say(description));
}

export function withCommonOptions(command: Command, c: Console): Command {
  return command
    .option('--data <folder>', c.say('help.data'))
    .addOption(new Option('--lang <language>', c.say('help.lang')).choices(['de', 'en']));
}

/** The texts that take no values. */
export type HelpKey = Extract<TextKey, `help.${string}`>;
