import { type Command, Option } from 'commander';
import { type Console, openConsole, type Surroundings } from '../../src/cli/console.ts';
import { readSecret } from '../../src/cli/input.ts';
import { newPassphrase } from '../../src/cli/passphrase.ts';
import { type Say, sayIn } from '../../src/core/texts.ts';
import { helpTexts } from './texts/help.ts';
import { messages } from './texts/messages.ts';

/** The operator's terminal: the box's console with the words of the operator's tool. */
export interface Operator {
  readonly console: Console;
  readonly say: Say<typeof messages>;
  readonly help: Say<typeof helpTexts>;
  line(text: string): void;
  /** A line beside the output: advice, warnings, progress. */
  aside(text: string): void;
  now(): number;
}

export function openOperator(argv: readonly string[], around: Surroundings): Operator {
  const console = openConsole(argv, around);
  return {
    console,
    say: sayIn(messages, console.language),
    help: sayIn(helpTexts, console.language),
    line: console.line,
    aside: console.aside,
    now: console.clock.now,
  };
}

/** A command with the option that all have; `openConsole` has read it already. */
export function addCommand(parent: Command, op: Operator, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .addOption(new Option('--lang <language>', op.help('lang')).choices(['de', 'en']));
}

export function addGroup(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description).helpCommand(false);
}

/** A new passphrase, typed twice, or from a file. */
export function askNew(op: Operator, prompt: string, file: string | undefined): Promise<string> {
  return newPassphrase(op.console, prompt, { file });
}

/** A passphrase that exists, typed, or from a file. */
export function ask(op: Operator, prompt: string, file: string | undefined): Promise<string> {
  return readSecret(op.console, `${prompt} `, { file });
}
