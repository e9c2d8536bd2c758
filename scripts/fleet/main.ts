import { Command, CommanderError } from 'commander';
import type { Surroundings } from '../../src/cli/console.ts';
import { EXIT, UsageError } from '../../src/cli/exits.ts';
import { errorText, RohrpostError } from '../../src/core/errors.ts';
import { addAdvanceCommand } from './commands/advance.ts';
import { addChannelCommands } from './commands/channel.ts';
import { addKeysCommands } from './commands/keys.ts';
import { addReportCommands } from './commands/reports.ts';
import { FleetError } from './errors.ts';
import { type Operator, openOperator } from './operator.ts';

/** The operator's command line: parses the arguments, does what they say, and gives back what the process ends with. */
export async function runFleet(argv: readonly string[], around: Surroundings): Promise<number> {
  const op = openOperator(argv, around);
  try {
    await buildProgram(op).parseAsync(argv, { from: 'user' });
    return op.console.exitCode;
  } catch (thrown) {
    return report(op, thrown);
  }
}

function buildProgram(op: Operator): Command {
  const program = new Command('rohrpost-fleet')
    .description(op.help('program'))
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void op.console.stdout.write(text),
      writeErr: (text) => void op.console.stderr.write(text),
    });
  addKeysCommands(program, op);
  addChannelCommands(program, op);
  addAdvanceCommand(program, op);
  addReportCommands(program, op);
  return program;
}

function report(op: Operator, thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (!(thrown instanceof UsageError || thrown instanceof FleetError || thrown instanceof RohrpostError)) throw thrown;
  op.aside(`rohrpost-fleet: ${wordsOf(op, thrown)}`);
  return thrown instanceof UsageError ? EXIT.usage : EXIT.failed;
}

function wordsOf(op: Operator, thrown: UsageError | FleetError | RohrpostError): string {
  const { language } = op.console;
  if (thrown instanceof FleetError) return `${thrown.in(language)} [${thrown.key}]`;
  if (thrown instanceof RohrpostError) return `${errorText(thrown.code, language, thrown.details)} [${thrown.code}]`;
  return thrown.message;
}

if (import.meta.main) process.exitCode = await runFleet(process.argv.slice(2), process);
