import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a run tells as it goes, with times: on the screen and in build/image/transcript.txt. */
export interface Transcript {
  say(words: string): void;
  /** Tells how long `work` took. */
  time<T>(words: string, work: () => Promise<T>): Promise<T>;
}

export const BUILD = fileURLToPath(new URL('../../../build/image', import.meta.url));

const FILE = join(BUILD, 'transcript.txt');
/** Test files of one run, each a process, count from the same moment: an environment variable with its epoch milliseconds. */
const BEGAN = 'ROHRPOST_TRANSCRIPT_BEGAN';

/** Begins the transcript of a run; what an earlier one wrote goes. */
export function beginTranscript(title: string): void {
  mkdirSync(BUILD, { recursive: true });
  writeFileSync(FILE, `${title}, ${new Date().toISOString()}\n`);
  process.env[BEGAN] = String(Date.now());
}

/** @param part of the run; stands before each of its lines */
export function openTranscript(part: string): Transcript {
  const began_ms = Number(process.env[BEGAN] ?? Date.now());
  const say = (words: string) => {
    const line = `${clock(Date.now() - began_ms)}  ${part}: ${words}`;
    appendFileSync(FILE, `${line}\n`);
    process.stdout.write(`${line}\n`);
  };
  return {
    say,
    time: async (words, work) => {
      const from_ms = performance.now();
      const result = await work();
      say(`${words}: ${seconds(performance.now() - from_ms)}`);
      return result;
    },
  };
}

/** `41.3 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** `12.3 MB`. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function clock(ms: number): string {
  const total = Math.floor(ms / 1_000);
  return `${String(Math.floor(total / 60)).padStart(3)}:${String(total % 60).padStart(2, '0')}`;
}
