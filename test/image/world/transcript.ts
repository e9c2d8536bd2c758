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

/** @param title of the run; what an earlier one wrote goes */
export function openTranscript(title: string): Transcript {
  const file = join(BUILD, 'transcript.txt');
  const started_ms = performance.now();
  mkdirSync(BUILD, { recursive: true });
  writeFileSync(file, `${title}, ${new Date().toISOString()}\n`);
  const say = (words: string) => {
    const line = `${clock(performance.now() - started_ms)}  ${words}`;
    appendFileSync(file, `${line}\n`);
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
