import { effect, type Signal, signal, untracked } from '@preact/signals';
import { ApiError } from '../../lib/api.ts';
import { session } from '../../lib/session.ts';
import { type Look, lookOf, type Picked } from './gather.ts';
import { transfer } from './transfer.ts';

/** A file of the batch. */
export interface Entry {
  readonly file: File;
  readonly folder: string;
  /** By which it is known again after the page was loaded anew. */
  readonly mark: string;
  state: 'waiting' | 'running' | 'done' | 'failed';
  /** Of its upload, once there is one. */
  id: string | null;
  /** On the box or on their way. */
  sent_bytes: number;
  /** Why it failed, in words. */
  problem: string;
}

export interface Skipped {
  readonly name: string;
  readonly folder: string;
  readonly why: Exclude<Look, 'sendable'>;
}

export interface Totals {
  files: number;
  done: number;
  failed: number;
  bytes: number;
  sent_bytes: number;
}

/** The files that one person is about to send. They go on being uploaded while that person looks at other pages. */
export interface Batch {
  readonly entries: readonly Entry[];
  /** What was not even uploaded, because it is nothing to send. */
  readonly skipped: readonly Skipped[];
  /** Counts up, a few times a second at most, whenever something of the batch has changed. */
  readonly changes: Signal<number>;
  /** The line is down: it goes on by itself. */
  readonly lost: Signal<boolean>;
  /** Files are being read and looked at, before they are uploaded. */
  readonly gathering: Signal<boolean>;
  totals(): Totals;
  add(gather: () => Promise<readonly Picked[]>): Promise<void>;
  /** Those that failed are tried again; `all`: the box has forgotten those that it had. */
  retry(o?: { all: boolean }): void;
  /** Takes a file out, here and on the box. */
  remove(entry: Entry): void;
  /** Forgets everything. `sent`: the box has made studies of it and needs no telling. */
  clear(o: { sent: boolean }): void;
  /** Uploads that an earlier page of this window left unfinished or unsent: how many. */
  leftover(): number;
  forgetLeftover(): Promise<void>;
}

/** Two connections of the six that a browser opens to one server are left for everything else. */
const AT_ONCE = 4;
const TELL_MS = 150;
/** In this window's own storage: nothing that tells a patient, only hashes of names, and ids of uploads. */
const STORED = 'rohrpost-upload.';

function openBatch(): Batch {
  let entries: Entry[] = [];
  let skipped: Skipped[] = [];
  let stop = new AbortController();
  let running = 0;
  let owner = '';
  let isTelling = false;
  const changes = signal(0);
  const lost = signal(false);
  const gathering = signal(false);

  const tell = () => {
    if (isTelling) return;
    isTelling = true;
    setTimeout(() => {
      isTelling = false;
      changes.value++;
    }, TELL_MS);
  };
  const run = async (entry: Entry) => {
    entry.state = 'running';
    running++;
    const { signal: ended } = stop;
    try {
      entry.id = await transfer({
        ...{ file: entry.file, folder: entry.folder, known: entry.id ?? recall(entry.mark), signal: ended },
        onId: (id) => {
          entry.id = id;
          sessionStorage.setItem(STORED + entry.mark, id);
        },
        onProgress: (bytes) => {
          entry.sent_bytes = bytes;
          tell();
        },
        onLost: (isLost) => {
          lost.value = isLost;
        },
      });
      entry.state = 'done';
    } catch (thrown) {
      if (!ended.aborted) {
        if (!(thrown instanceof ApiError)) throw thrown;
        entry.state = 'failed';
        entry.problem = thrown.message;
      }
    }
    if (ended.aborted) return;
    running--;
    tell();
    next();
  };
  const next = () => {
    while (running < AT_ONCE) {
      const entry = entries.find(({ state }) => state === 'waiting');
      if (!entry) break;
      void run(entry);
    }
    const isBusy = entries.some(({ state }) => state === 'waiting' || state === 'running');
    window.onbeforeunload = isBusy ? (event) => event.preventDefault() : null;
    if (!isBusy) lost.value = false;
  };
  const reset = () => {
    stop.abort();
    stop = new AbortController();
    running = 0;
    entries = [];
    skipped = [];
    lost.value = false;
    window.onbeforeunload = null;
    changes.value++;
  };
  // Files of whoever was logged in before are none of this person's.
  effect(() => {
    const name = session.value?.name ?? owner;
    if (name !== owner && owner !== '') untracked(reset);
    owner = name;
  });
  return {
    get entries() {
      return entries;
    },
    get skipped() {
      return skipped;
    },
    ...{ changes, lost, gathering },
    totals: () => totalsOf(entries),
    add: async (gather) => {
      gathering.value = true;
      try {
        const picked = await gather();
        const known = new Set(entries.map(({ mark }) => mark));
        for (const { file, folder } of picked) {
          const look = await lookOf(file).catch((): Look => 'sendable');
          const mark = await markOf(file, folder, owner);
          if (look !== 'sendable') skipped.push({ name: file.name, folder, why: look });
          else if (!known.has(mark)) {
            known.add(mark);
            entries.push({ file, folder, mark, state: 'waiting', id: null, sent_bytes: 0, problem: '' });
            next();
          }
        }
      } finally {
        gathering.value = false;
        changes.value++;
      }
    },
    retry: ({ all } = { all: false }) => {
      for (const entry of entries) {
        if (entry.state === 'failed' || (all && entry.state === 'done')) entry.state = 'waiting';
      }
      next();
      changes.value++;
    },
    remove: (entry) => {
      entries = entries.filter((other) => other !== entry);
      forget(entry);
      changes.value++;
    },
    clear: ({ sent }) => {
      for (const entry of entries) {
        if (sent) sessionStorage.removeItem(STORED + entry.mark);
        else forget(entry);
      }
      reset();
    },
    leftover: () => leftovers(entries).length,
    forgetLeftover: async () => {
      for (const key of leftovers(entries)) {
        await giveUp(sessionStorage.getItem(key)!);
        sessionStorage.removeItem(key);
      }
      changes.value++;
    },
  };
}

function totalsOf(entries: readonly Entry[]): Totals {
  const totals = { files: entries.length, done: 0, failed: 0, bytes: 0, sent_bytes: 0 };
  for (const { file, state, sent_bytes } of entries) {
    totals.bytes += file.size;
    totals.sent_bytes += state === 'done' ? file.size : Math.min(sent_bytes, file.size);
    if (state === 'done') totals.done++;
    if (state === 'failed') totals.failed++;
  }
  return totals;
}

function recall(mark: string): string | null {
  return sessionStorage.getItem(STORED + mark);
}

function leftovers(entries: readonly Entry[]): string[] {
  const own = new Set(entries.map(({ mark }) => STORED + mark));
  return Object.keys(sessionStorage).filter((key) => key.startsWith(STORED) && !own.has(key));
}

function forget({ id, mark }: Entry): void {
  sessionStorage.removeItem(STORED + mark);
  if (id !== null) void giveUp(id);
}

/** The box would forget it after a day. */
async function giveUp(id: string): Promise<void> {
  const headers = { 'tus-resumable': '1.0.0' };
  await fetch(`/api/uploads/${id}`, { method: 'DELETE', headers }).catch(() => {});
}

/** The same file, picked again, has the same mark; the mark says nothing about its name. */
async function markOf(file: File, folder: string, owner: string): Promise<string> {
  const words = [owner, folder, file.name, file.size, file.lastModified].join('\0');
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(words));
  return Array.from(new Uint8Array(hash).slice(0, 12), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** There is one: it goes on while its person looks at other pages. */
export const batch = openBatch();
