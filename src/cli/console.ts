import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { LAST_GOOD_FILE, SETTINGS_FILE } from '../config/load.ts';
import { readSettings } from '../config/read.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import type { Language } from '../core/errors.ts';
import { type Say, sayIn } from './texts.ts';

/** The process as a command sees it. */
export interface Surroundings {
  env: NodeJS.ProcessEnv;
  stdin: NodeJS.ReadStream;
  stdout: Pick<NodeJS.WriteStream, 'write'> & Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows'>>;
  stderr: Pick<NodeJS.WriteStream, 'write'>;
}

/** What every command works with: where the box's data lies, whose language is spoken, and where words go. */
export interface Console extends Surroundings {
  readonly folder: string;
  readonly language: Language;
  readonly say: Say;
  readonly clock: Clock;
  /** The operator's name, for the history. */
  readonly by: string;
  /** A line of output. */
  line(text?: string): void;
  /** A line beside the output: advice, progress, trouble. */
  aside(text: string): void;
  json(value: unknown): void;
  /** What the process will end with. */
  exitCode: number;
}

const DEFAULT_FOLDER = '/var/lib/rohrpost';

/** Reads what must be known before the arguments are parsed: the texts of the parser itself have a language. */
export function openConsole(argv: readonly string[], around: Surroundings): Console {
  const { env, stdout, stderr } = around;
  const folder = resolve(peek(argv, '--data') ?? env.ROHRPOST_DATA ?? DEFAULT_FOLDER);
  const asked = languageOf(peek(argv, '--lang')) ?? siteLanguage(folder) ?? languageOf(peek(argv, '--language'));
  const language = asked ?? environmentLanguage(env);
  return {
    ...around,
    folder,
    language,
    say: sayIn(language),
    clock: systemClock(),
    by: (peek(argv, '--by') ?? env.SUDO_USER ?? userInfo().username).slice(0, 100),
    line: (text = '') => void stdout.write(`${text}\n`),
    aside: (text) => void stderr.write(`${text}\n`),
    json: (value) => void stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    exitCode: 0,
  };
}

/** The value of an option anywhere on the command line; undefined where it is not given. */
function peek(argv: readonly string[], name: string): string | undefined {
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  const index = options.findLastIndex((word) => word === name || word.startsWith(`${name}=`));
  const word = options[index];
  return word === name ? options[index + 1] : word?.slice(name.length + 1);
}

function languageOf(word: string | undefined): Language | undefined {
  return word === 'de' || word === 'en' ? word : undefined;
}

/** As the settings say, or said when they were last valid; what is wrong with them, the command that needs them will say. */
export function siteLanguage(folder: string): Language | undefined {
  for (const name of [SETTINGS_FILE, LAST_GOOD_FILE]) {
    try {
      return readSettings(readFileSync(join(folder, name), 'utf8')).settings.site.language;
    } catch {
      // The next.
    }
  }
  return undefined;
}

function environmentLanguage(env: NodeJS.ProcessEnv): Language {
  return (env.LC_ALL || env.LC_MESSAGES || env.LANG || '').startsWith('de') ? 'de' : 'en';
}
