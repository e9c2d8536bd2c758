import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Details, type ErrorCode, RohrpostError } from '../core/errors.ts';
import { previewLimits } from '../core/limits.ts';

/** Draws small pictures of images, each in a process of its own that may read that file and the program, and nothing else. */
export interface Previews {
  /**
   * A PNG of a DICOM file.
   * @throws RohrpostError preview-too-large, preview-impossible, timed-out, worker-died, request-too-often, disk-error
   */
  draw(path: string): Promise<Buffer>;
  close(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL('../..', import.meta.url));
const SCRIPT = fileURLToPath(new URL('../workers/preview-process.ts', import.meta.url));

/** One after another: each takes memory and a whole core. */
export function openPreviews(): Previews {
  const stopping = new AbortController();
  let asked = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    draw: async (path) => {
      if (asked >= previewLimits.waiting) throw new RohrpostError('request-too-often', { details: { seconds: 5 } });
      asked++;
      const mine = last.then(() => drawApart(path, stopping.signal));
      last = mine.catch(() => {}).finally(() => asked--);
      return mine;
    },
    close: async () => {
      stopping.abort();
      await last;
    },
  };
}

async function drawApart(path: string, stopping: AbortSignal): Promise<Buffer> {
  if (stopping.aborted) throw new RohrpostError('stopped');
  const readable = [PROGRAM, realpathSync(join(PROGRAM, 'node_modules')), path];
  const child = spawn(
    process.execPath,
    ['--permission', ...readable.map((file) => `--allow-fs-read=${file}`), '--max-old-space-size=256', SCRIPT, path],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: {},
      killSignal: 'SIGKILL',
      signal: stopping,
      timeout: previewLimits.ms,
    },
  );
  const ended = once(child, 'close').catch(() => {
    throw new RohrpostError(stopping.aborted ? 'stopped' : 'worker-died', { details: { reason: 'preview' } });
  });
  ended.catch(() => {});
  // Where memory runs out, this one goes first.
  void writeFile(`/proc/${child.pid}/oom_score_adj`, '1000').catch(() => {});
  const chunks: Buffer[] = [];
  let size_bytes = 0;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    size_bytes += chunk.length;
    if (size_bytes > previewLimits.png_bytes) child.kill('SIGKILL');
    else chunks.push(chunk);
  }
  const [, signal] = (await ended) as [number | null, NodeJS.Signals | null];
  if (signal !== null && size_bytes === 0) {
    throw new RohrpostError('timed-out', { details: { timeout_ms: previewLimits.ms, what: 'preview' } });
  }
  return pictureIn(Buffer.concat(chunks));
}

/** What the process said: a line of JSON, then the PNG. */
function pictureIn(said: Buffer): Buffer {
  const end = said.indexOf('\n');
  if (end < 0) throw new RohrpostError('worker-died', { details: { reason: 'preview' } });
  const { code, details } = JSON.parse(said.toString('utf8', 0, end)) as { code?: ErrorCode; details?: Details };
  if (code) throw new RohrpostError(code, { details });
  return said.subarray(end + 1);
}
