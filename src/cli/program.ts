import { Command, CommanderError } from 'commander';
import { problemText, SettingsError } from '../config/problems.ts';
import { asRohrpostError, errorText, RohrpostError } from '../core/errors.ts';
import { version } from '../core/version.ts';
import { optionText, withCommonOptions } from './command.ts';
import { type Console, openConsole, type Surroundings } from './console.ts';
import { EXIT, exitOf, UsageError } from './exits.ts';
import type { Say } from './texts.ts';

/** The command line: parses the arguments, does what they say, and gives back what the process ends with. */
export async function runCli(argv: readonly string[], around: Surroundings): Promise<number> {
  const c = openConsole(argv, around);
  try {
    await (await buildProgram(c, argv)).parseAsync(argv, { from: 'user' });
    return c.exitCode;
  } catch (thrown) {
    return report(c, thrown);
  }
}

/** The commands, in the order of the help. Only what the command line names is loaded: most need little of the program. */
const GROUPS: Readonly<Record<string, () => Promise<(program: Command, c: Console) => void>>> = {
  run: async () => (await import('./run.ts')).addRunCommand,
  init: async () => (await import('./init.ts')).addInitCommand,
  status: async () => (await import('./status.ts')).addStatusCommand,
  study: async () => (await import('./studies.ts')).addStudyCommands,
  partner: async () => (await import('./partners.ts')).addPartnerCommands,
  target: async () => (await import('./targets.ts')).addTargetCommands,
  key: async () => (await import('./key.ts')).addKeyCommands,
  settings: async () => (await import('./settings.ts')).addSettingsCommands,
  doctor: async () => (await import('./doctor.ts')).addDoctorCommand,
  backup: async () => (await import('./backup.ts')).addBackupCommand,
  restore: async () => (await import('./backup.ts')).addRestoreCommand,
  audit: async () => (await import('./audit.ts')).addAuditCommands,
  support: async () => (await import('./support.ts')).addSupportCommand,
  'self-test': async () => (await import('./self-test.ts')).addSelfTestCommand,
  screen: async () => (await import('./screen.ts')).addScreenCommand,
  'reset-admin': async () => (await import('./reset-admin.ts')).addResetAdminCommand,
};

async function buildProgram(c: Console, argv: readonly string[]): Promise<Command> {
  const { say } = c;
  const titles: Readonly<Record<string, string>> = {
    'Usage:': say('help.usage'),
    'Arguments:': say('help.arguments'),
    'Options:': say('help.options'),
    'Commands:': say('help.commands'),
  };
  const program = new Command('rohrpost')
    .description(say('help.program'))
    .version(version, '-V, --version', say('help.version'))
    .helpOption('-h, --help', say('help.help'))
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void c.stdout.write(text),
      writeErr: (text) => void c.stderr.write(text),
      outputError: () => {},
    })
    .configureHelp({
      styleTitle: (title) => titles[title] ?? title,
      optionDescription: (option) => optionText(option, c),
    })
    .addHelpText('after', say('help.exit-codes'));
  withCommonOptions(program, c);
  const named = Object.keys(GROUPS).filter((name) => argv.includes(name));
  const isHelp = argv.includes('-h') || argv.includes('--help');
  for (const name of named.length > 0 && !isHelp ? named : Object.keys(GROUPS)) (await GROUPS[name]!())(program, c);
  return program;
}

/** Says what went wrong, in the operator's language, and gives back the exit code for it. */
function report(c: Console, thrown: unknown): number {
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return EXIT.ok;
    if (thrown.code !== 'commander.help') c.aside(`rohrpost: ${usageText(c.say, thrown)}`);
    return EXIT.usage;
  }
  if (thrown instanceof UsageError) {
    c.aside(`rohrpost: ${thrown.message}`);
    return EXIT.usage;
  }
  if (thrown instanceof SettingsError) {
    for (const problem of thrown.problems) c.aside(`rohrpost: ${problemText(problem, c.language)}`);
    return EXIT.failed;
  }
  const error = thrown instanceof RohrpostError ? thrown : asRohrpostError(thrown, strangerCode(thrown));
  c.aside(`rohrpost: ${errorText(error.code, c.language, error.details)} [${error.code}]`);
  return exitOf(error.code);
}

/** What the system refused (no permission, no room) is no bug. */
function strangerCode(thrown: unknown): 'disk-error' | 'internal' {
  return thrown instanceof Error && 'syscall' in thrown ? 'disk-error' : 'internal';
}

/** The parser's complaint in the operator's language; the words in quotes are what was typed. */
function usageText(say: Say, error: CommanderError): string {
  const what = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  const nearly = /\(Did you mean (?:one of )?(.*)\?\)/.exec(error.message)?.[1];
  const hint = nearly === undefined ? '' : ` ${say('usage.nearly', { what: nearly })}`;
  switch (error.code) {
    case 'commander.unknownOption':
      return say('usage.unknown-option', { what }) + hint;
    case 'commander.unknownCommand':
      return say('usage.unknown-command', { what }) + hint;
    case 'commander.missingArgument':
      return say('usage.missing-argument', { what });
    case 'commander.missingMandatoryOptionValue':
      return say('usage.missing-option', { what });
    case 'commander.optionMissingArgument':
      return say('usage.missing-value', { what });
    case 'commander.excessArguments':
      return say('usage.too-many');
    case 'commander.invalidArgument': {
      const given = /argument '([^']*)' is invalid/.exec(error.message)?.[1] ?? what;
      const allowed = /Allowed choices are (.*)\./.exec(error.message)?.[1] ?? '';
      return `${say('usage.invalid', { what: given })} ${say('usage.allowed', { what: allowed })}`;
    }
    default:
      return error.message.replace(/^error: /, '');
  }
}
