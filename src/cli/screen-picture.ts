import { storageTrouble } from '../appliance/trouble.ts';
import { codes, type ErrorCode, errorText, type Language } from '../core/errors.ts';
import { screenLimits as limits } from '../core/program-limits.ts';
import type { Sight } from './screen-look.ts';
import { type Say, sayIn } from './texts.ts';

/** What happens at the keyboard. */
export type KeyState =
  | { is: 'idle' }
  | { is: 'held'; left_s: number }
  | { is: 'working' }
  | { is: 'done'; name: string; password: string }
  | { is: 'failed'; code: ErrorCode };

/** A sentence in one language. */
type Sentence = (say: Say, language: Language) => string;

const MARGIN = 1;
const WIDTH = limits.columns - 2 * MARGIN;
const RULE = '-'.repeat(WIDTH);

/** The picture: at most 24 lines of at most 79 characters of Latin-1, which every text console can show. Pure. */
export function picture(sight: Sight, key: KeyState): string[] {
  const languages: readonly Language[] = sight.language ? [sight.language] : ['de', 'en'];
  const told = (sentence: Sentence) => languages.flatMap((language) => wrapped(sentence(sayIn(language), language)));
  const label: Label = (text) => [...new Set(languages.map((language) => text(sayIn(language))))].join(' / ');
  const head = `Rohrpost ${sight.version}`;
  const name = sight.facts?.name ?? '';
  const foot = keyLines(sight, key, told);
  const body = [
    head + name.padStart(WIDTH - head.length),
    RULE,
    ...sentences(sight).flatMap(told),
    '',
    ...table(facts(sight, label)),
  ];
  // Whoever holds the key, or reads a password, needs the foot; what does not fit above it goes without.
  const lines = [...body.slice(0, limits.rows - 2 - foot.length), '', ...foot];
  return lines.map((line) => (' '.repeat(MARGIN) + plain(line)).slice(0, limits.columns - 1));
}

/** How the box is, the most important first. */
function sentences(sight: Sight): Sentence[] {
  const { facts, page, update, onTrial } = sight;
  const network: Sentence[] = sight.hasNetwork ? [] : [(say) => say('screen.no-network')];
  const back = facts?.fellBack;
  return [
    stateOf(sight),
    ...network,
    ...(onTrial && page && facts ? [((say) => say('screen.trial', { version: facts.version })) as Sentence] : []),
    ...(update?.version ? updateSentence(update.stage, update.version) : []),
    ...(sight.stickNote?.outcome === 'unusable' ? stickSentences(sight.stickNote.problems) : []),
    ...(back ? [((say) => say('screen.fell-back', back)) as Sentence] : []),
  ];
}

function stateOf({ facts, isRunning, page, code }: Sight): Sentence {
  const lost = facts && storageTrouble(facts);
  if (lost) return (_, language) => errorText(lost.code, language);
  if (!isRunning) return (say) => say('screen.down');
  if (!page) return (say) => say('screen.starting');
  if (page.trouble) return troubleSentence(page.trouble.code);
  if (code !== null) return (say) => say('screen.unclaimed');
  if (!page.setUp) return (say) => say('screen.not-set-up');
  return page.running ? (say) => say('screen.working') : (say) => say('screen.starting');
}

/** The page tells strangers no details: what would stand in their place is left out. */
function troubleSentence(code: string): Sentence {
  return (_, language) => {
    if (!(code in codes)) return code;
    return `${errorText(code as ErrorCode, language).replace(/:? \(?\?\)?/g, '')} [${code}]`;
  };
}

function updateSentence(stage: NonNullable<Sight['update']>['stage'], version: string): Sentence[] {
  if (stage === 'installing') return [(say) => say('screen.installing', { version })];
  if (stage === 'trial' || stage === 'interrupted') return [];
  return [(say) => say('screen.installed', { version })];
}

/** The first thing that is wrong with a stick's settings is the one to mend. */
function stickSentences(problems: NonNullable<Sight['stickNote']>['problems']): Sentence[] {
  return [(say, language) => say('screen.stick-unusable', { problem: problems[0]?.[language] ?? '' })];
}

type Label = (text: (say: Say) => string) => string;

function facts(sight: Sight, label: Label): [string, string][] {
  const { facts: boot, fingerprint, code } = sight;
  const first = (text: string, index: number) => (index === 0 ? text : '');
  return [
    ...sight.addresses.map((address, index): [string, string] => [
      first(
        label((say) => say('screen.page')),
        index,
      ),
      address,
    ]),
    ...(fingerprint ? grouped(fingerprint) : []).map((line, index): [string, string] => [
      first(
        label((say) => say('screen.fingerprint')),
        index,
      ),
      line,
    ]),
    ...(code === null ? [] : [[label((say) => say('screen.code')), code] as [string, string]]),
    ...(boot ? bootFacts(boot, sight, label) : []),
  ];
}

function bootFacts(boot: NonNullable<Sight['facts']>, sight: Sight, label: Label): [string, string][] {
  const one = sayIn(sight.language ?? 'en');
  const dev = boot.variant === 'dev' ? `, ${one('screen.dev')}` : '';
  const system = one('screen.slot', { slot: boot.slot, version: boot.version }) + dev;
  return [
    [label((say) => say('screen.system')), system],
    [label((say) => say('screen.storage')), one(`screen.storage-${boot.storage}`)],
    ...sight.stick.map(({ item, outcome, text }, index): [string, string] => {
      const words = `${one(`screen.stick-${item}`)}: ${one(`screen.stick-${outcome}`)}`;
      return [index === 0 ? label((say) => say('screen.stick')) : '', text ? `${words} (${text})` : words];
    }),
  ];
}

function keyLines(sight: Sight, key: KeyState, told: (sentence: Sentence) => string[]): string[] {
  switch (key.is) {
    case 'held':
      return told((say) => say('screen.key-held', { count: key.left_s }));
    case 'working':
      return told((say) => say('screen.key-working'));
    case 'done':
      return [...told((say) => say('screen.password', { name: key.name })), '', `    ${key.password}`];
    case 'failed':
      return told((_, language) => errorText(key.code, language));
    case 'idle':
      return mayReset(sight) ? told((say) => say('screen.key-hint')) : [];
  }
}

/** There is somebody to be given a new password, and a page to use it on. */
export function mayReset({ page, facts }: Sight): boolean {
  return page?.claimed === true && (facts === null || facts.data === 'good');
}

/** SHA-256 as browsers show it, in groups of four that the eye can keep: two lines of sixteen bytes. */
function grouped(fingerprint: string): string[] {
  const bytes = fingerprint.split(':');
  const groups = Array.from({ length: Math.ceil(bytes.length / 4) }, (_, n) => bytes.slice(4 * n, 4 * n + 4).join(':'));
  return [groups.slice(0, 4).join(' '), groups.slice(4).join(' ')];
}

function table(rows: readonly [string, string][]): string[] {
  const width = Math.max(0, ...rows.map(([label]) => label.length)) + 2;
  return rows.map(([label, value]) => label.padEnd(width) + value.slice(0, WIDTH - width));
}

/** Lines no wider than the screen, broken between words. */
function wrapped(text: string): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!;
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.slice(0, limits.sentence_lines);
}

const SIGNS: Readonly<Record<string, string>> = {
  '„': '"',
  '“': '"',
  '”': '"',
  '’': "'",
  '–': '-',
  '…': '...',
  '→': '->',
};

/** The console's font has the letters of Western Europe; what else there is becomes something that it has. */
function plain(text: string): string {
  return text.replace(/[^\x20-\x7e\xa1-\xff]/g, (sign) => SIGNS[sign] ?? '?');
}
