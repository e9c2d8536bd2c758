import { type Command, Option } from 'commander';
import type { Console } from './console.ts';
import type { TextKey } from './texts.ts';

/** A command with the options that all have: they may stand anywhere, and `openConsole` has read them already. */
export function addCommand(parent: Command, c: Console, usage: string, description: TextKey & HelpKey): Command {
  return withCommonOptions(parent.command(usage), c).description(c.say(description));
}

/** A group of commands, such as `partner`. */
export function addGroup(parent: Command, c: Console, name: string, description: HelpKey): Command {
  return parent.command(name).description(c.say(description)).helpCommand(false);
}

export function withCommonOptions(command: Command, c: Console): Command {
  return command
    .option('--data <folder>', c.say('help.data'))
    .addOption(new Option('--lang <language>', c.say('help.lang')).choices(['de', 'en']));
}

/** The texts of commands and options. */
export type HelpKey = Exclude<Extract<TextKey, `help.${string}`>, 'help.choices' | 'help.default'>;

/** An option with what the parser knows of it: whether it is needed, what is allowed, what holds without it. */
export function optionText(option: Option, { say }: Console): string {
  const { description, mandatory, argChoices, required, defaultValue } = option;
  const notes = [
    ...(mandatory ? [say('help.required')] : []),
    ...(argChoices ? [say('help.choices', { list: argChoices.join(', ') })] : []),
    ...(required && defaultValue !== undefined ? [say('help.default', { value: String(defaultValue) })] : []),
  ];
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`;
}
