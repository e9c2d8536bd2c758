import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { examine } from '../config/examine.ts';
import { group, integer, list, nullable, oneOf, optional, text, type ValueOf, yesNo } from '../config/kinds.ts';
import { diskError, makeFolder, writeDurably } from '../core/files.ts';
import { newId } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import { updateLimits } from '../core/update-limits.ts';

/** Below the data folder; its bundles are what the caretaker takes files from. */
export const UPDATE_FOLDER = 'update';
const FILE = 'state.json';
const MOST = Number.MAX_SAFE_INTEGER;

const moment = (description: string) => integer(0, MOST, { description });
const version = (description: string) => text({ description, maxLength: 64 });
const code = (description: string) => text({ description, maxLength: 64 });
const hash = (description: string) => nullable(text({ description, maxLength: 64 }));

const pendingSchema = group(
  {
    version: nullable(version('What is on its way; null: what somebody uploaded, until it is written')),
    from: version('What ran when it began'),
    sha256: hash('Of the bundle'),
    by: oneOf(['channel', 'upload', 'stick'], { description: 'Who brought it' }),
    /** `interrupted`: a restart broke it off, and it has not been begun anew. */
    stage: oneOf(['installing', 'interrupted', 'installed', 'restarting', 'trial'], { description: 'How far it is' }),
    since_ms: moment('When it came so far'),
    worked: yesNo({ description: 'The box worked before' }),
    boot: text({ description: 'Start of the machine in which it came so far' }),
    interruptions: integer(0, 1_000, { description: 'How often a restart broke it off' }),
    asked: yesNo({ description: 'A person wanted it' }),
    restart: yesNo({ description: 'A person wants the restart at once' }),
  },
  { description: 'An update on its way' },
);

const schema = group(
  {
    format: integer(1, 1, { description: 'Format' }),
    box: text({ description: 'Random, by it stages are drawn' }),
    name: text({ description: 'Of the machine that the id was made for' }),
    running: version('What ran when this was written'),
    channel: nullable(
      group(
        {
          url: text({ description: 'Where it was seen', maxLength: 1_000 }),
          name: text({ description: 'Its name' }),
          sequence: moment('The highest that was seen'),
          made_ms: moment('When that was made'),
        },
        { description: 'A channel' },
      ),
      { description: 'The channel that was looked at' },
    ),
    pending: nullable(pendingSchema, { description: 'An update on its way' }),
    failed: list(
      group(
        { version: version('Version'), sha256: hash('Bundle'), code: code('Why'), at_ms: moment('When') },
        { description: 'A version that did not work here' },
      ),
      { description: 'Not tried again' },
    ),
    history: list(
      group(
        {
          version: version('Version'),
          result: oneOf(['installed', 'good', 'fell-back', 'refused', 'failed'], { description: 'What became of it' }),
          code: nullable(code('Why')),
          reason: optional(text({ description: 'Why, in a sentence', maxLength: 1_000 })),
          at_ms: moment('When'),
          by: oneOf(['channel', 'upload', 'stick'], { description: 'Who brought it' }),
        },
        { description: 'What became of an update' },
      ),
      { description: 'The newest first' },
    ),
    /** Told in this start of the machine already. */
    noted: nullable(text({ description: 'Start of the machine' })),
  },
  { description: 'What a box knows of its updates' },
);

export type Kept = ValueOf<typeof schema>;
export type Pending = NonNullable<Kept['pending']>;

/** What a box knows of its updates, over restarts and power cuts: one small file that is replaced whole. */
export interface StateFile {
  now(): Kept;
  /** Writes what has changed; once it resolves, it survives a power cut. @throws RohrpostError disk-full, disk-error */
  set(change: Partial<Kept>): Promise<void>;
}

/**
 * Opens the file; one that is not there or cannot be read begins anew, for nothing in it is worth not being able to update. A
 * machine of another name than the one that the id was made for gets an id of its own: two boxes must not report as one.
 * @param o.name the machine's own name; null: whose these data are, is not decided yet
 */
export async function openState(
  folder: string,
  o: { name: string | null; running: string; log: Log },
): Promise<StateFile> {
  const path = join(folder, UPDATE_FOLDER, FILE);
  const found = read(path);
  if (found === 'broken') o.log.warn('what was known of updates cannot be read, begins anew');
  let kept: Kept = found === 'broken' || found === null ? fresh(o) : found;
  if (o.name !== null && kept.name !== o.name) kept = { ...kept, box: newId(), name: o.name };
  let queue: Promise<void> = Promise.resolve();
  const write = async () => {
    const content = `${JSON.stringify(kept)}\n`;
    await makeFolder(join(folder, UPDATE_FOLDER));
    await writeDurably(path, content);
  };
  const set = (change: Partial<Kept>) => {
    kept = { ...kept, ...change };
    const written = queue.then(write);
    queue = written.catch(() => {});
    return written.catch((error) => {
      throw diskError(error);
    });
  };
  if (kept !== found) {
    // A full disk must not keep the box from starting; the next thing that happens is written again.
    await set({}).catch((error) => o.log.error('updates cannot be written down', { code: error.code }));
  }
  return { now: () => kept, set };
}

/** Whether the box worked before the update that is on its way; null: none is, or nobody knows. */
export function readWorked(folder: string): boolean | null {
  return readPending(folder)?.worked ?? null;
}

/** The update that is on its way, for who looks from beside; null: none, or nobody knows. */
export function readPending(folder: string): Pending | null {
  const found = read(join(folder, UPDATE_FOLDER, FILE));
  return found === null || found === 'broken' ? null : found.pending;
}

function read(path: string): Kept | null | 'broken' {
  try {
    if (statSync(path).size > updateLimits.state_bytes) return 'broken';
    const { value, findings } = examine(schema, JSON.parse(readFileSync(path, 'utf8')));
    return findings.length === 0 ? (value as Kept) : 'broken';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : 'broken';
  }
}

function fresh({ name, running }: { name: string | null; running: string }): Kept {
  return {
    ...{ format: 1, box: newId(), name: name ?? '?', running },
    ...{ channel: null, pending: null, failed: [], history: [], noted: null },
  };
}
