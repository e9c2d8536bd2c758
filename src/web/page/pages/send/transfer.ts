import type { ErrorAnswer } from '../../../answers.ts';
import type { UploadAnswer } from '../../../routes/uploads.ts';
import { ApiError } from '../../lib/api.ts';
import { forgetSession, session } from '../../lib/session.ts';
import { language, t } from '../../lib/texts.ts';

/** One file on its way to the box by tus 1.0.0: in pieces, and going on where it broke off, for as long as it takes. */

/** The first piece; later ones take about `PIECE_MS`, well below the time in which the box wants a request to end. */
const FIRST_PIECE_BYTES = 4 * 2 ** 20;
const LEAST_PIECE_BYTES = 256 * 2 ** 10;
const MOST_PIECE_BYTES = 64 * 2 ** 20;
const PIECE_MS = 8_000;
/** A request that moves nothing for so long is given up. */
const SILENT_MS = 40_000;
const FIRST_PAUSE_MS = 500;
const LAST_PAUSE_MS = 15_000;

export interface TransferOptions {
  file: File;
  folder: string;
  /** The upload of an earlier try. */
  known: string | null;
  onId(id: string): void;
  /** So many bytes are on the box, or on their way. */
  onProgress(bytes: number): void;
  /** The line is down (true), or up again. */
  onLost(isLost: boolean): void;
  signal: AbortSignal;
}

/** The connection broke, or the box cannot just now: to be tried again. */
class Lost extends Error {}

/** Brings a file to the box, and gives the id of its upload. @throws ApiError what will not pass; the signal's reason */
export async function transfer(o: TransferOptions): Promise<string> {
  let id = o.known;
  let piece_bytes = FIRST_PIECE_BYTES;
  for (let failures = 0; ; failures++) {
    try {
      let at = id === null ? 0 : await offsetOf(id, o.signal);
      if (id === null || at === null) {
        const begun = await begin(o, piece_bytes);
        id = begun.id;
        o.onId(id);
        at = begun.offset_bytes;
      }
      while (at < o.file.size) {
        o.onProgress(at);
        const started_ms = performance.now();
        const next: number = await append(o, id, at, piece_bytes);
        piece_bytes = pieceAfter(piece_bytes, performance.now() - started_ms);
        at = next;
        failures = 0;
        o.onLost(false);
      }
      o.onProgress(o.file.size);
      o.onLost(false);
      return id;
    } catch (thrown) {
      o.signal.throwIfAborted();
      if (!(thrown instanceof Lost)) throw thrown;
      await expectReadable(o.file);
      o.onLost(true);
      piece_bytes = Math.max(LEAST_PIECE_BYTES, piece_bytes / 4);
      await pause(failures, o.signal);
    }
  }
}

/** A file that was changed, moved or unplugged since it was picked breaks requests like a lost line; it never comes back. */
async function expectReadable(file: File): Promise<void> {
  await file
    .slice(0, 1)
    .arrayBuffer()
    .catch(() => {
      throw new ApiError(0, { code: 'file-unreadable', message: t('send.file-unreadable') });
    });
}

function pieceAfter(bytes: number, took_ms: number): number {
  const fitting = (bytes * PIECE_MS) / Math.max(1, took_ms);
  return Math.round(Math.min(MOST_PIECE_BYTES, Math.max(LEAST_PIECE_BYTES, Math.min(fitting, bytes * 2))));
}

/** How far an upload is; null where the box does not know it any more. */
async function offsetOf(id: string, signal: AbortSignal): Promise<number | null> {
  try {
    const { answer } = await ask<UploadAnswer>('GET', `/api/uploads/${id}`, {}, null, signal);
    return answer.offset_bytes;
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.code === 'upload-unknown') return null;
    throw thrown;
  }
}

/** A small file comes whole with its beginning: one request for each slice of a CT. */
async function begin(o: TransferOptions, piece_bytes: number): Promise<UploadAnswer> {
  const { file, folder } = o;
  const headers = {
    'upload-length': String(file.size),
    'upload-metadata': `filename ${base64(file.name)}${folder === '' ? '' : `,folder ${base64(folder)}`}`,
  };
  const body = file.size <= piece_bytes ? file : null;
  const { answer } = await ask<UploadAnswer>('POST', '/api/uploads', headers, body, o.signal, o.onProgress);
  return answer;
}

async function append(o: TransferOptions, id: string, at: number, piece_bytes: number): Promise<number> {
  const piece = o.file.slice(at, at + piece_bytes);
  const headers = { 'upload-offset': String(at) };
  const onProgress = (bytes: number) => o.onProgress(at + bytes);
  const { offset } = await ask('PATCH', `/api/uploads/${id}`, headers, piece, o.signal, onProgress);
  return offset;
}

/** By XMLHttpRequest, which alone tells how much of a body is on its way. */
function ask<T>(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: Blob | null,
  signal: AbortSignal,
  onProgress?: (bytes: number) => void,
): Promise<{ answer: T; offset: number }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const silence = { timer: setTimeout(() => request.abort(), SILENT_MS) };
    const alive = () => {
      clearTimeout(silence.timer);
      silence.timer = setTimeout(() => request.abort(), SILENT_MS);
    };
    const abort = () => request.abort();
    request.open(method, path);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.setRequestHeader('tus-resumable', '1.0.0');
    request.setRequestHeader('accept-language', language.value);
    if (body) request.setRequestHeader('content-type', 'application/offset+octet-stream');
    request.upload.onprogress = ({ loaded }) => {
      alive();
      onProgress?.(loaded);
    };
    request.onloadend = () => {
      clearTimeout(silence.timer);
      signal.removeEventListener('abort', abort);
      const { status } = request;
      if (status < 200 || status >= 300) return reject(problemOf(status, request.responseText));
      const offset = Number(request.getResponseHeader('upload-offset') ?? 0);
      resolve({ answer: (request.responseText ? JSON.parse(request.responseText) : undefined) as T, offset });
    };
    signal.addEventListener('abort', abort);
    if (signal.aborted) return reject(signal.reason);
    request.send(body);
  });
}

/** What passes: a lost line, a busy box, an upload that stands elsewhere than we thought, an ended session. */
const PASSING = new Set([0, 408, 425, 429, 500, 502, 503, 504]);

function problemOf(status: number, text: string): Error {
  const answer = answerIn(text);
  if (status === 401) {
    forgetSession();
    return new Lost();
  }
  if (PASSING.has(status) || answer?.code === 'upload-offset-stale') return new Lost();
  return new ApiError(status, { ...answer, code: answer?.code ?? 'unexpected' });
}

function answerIn(text: string): Partial<ErrorAnswer> | undefined {
  try {
    return JSON.parse(text) as Partial<ErrorAnswer>;
  } catch {
    return undefined;
  }
}

/** Waits longer each time, but not once the line is back; and for whoever has to log in again first. */
async function pause(failures: number, signal: AbortSignal): Promise<void> {
  do {
    const wait_ms = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(end, wait_ms);
      function end() {
        clearTimeout(timer);
        window.removeEventListener('online', end);
        signal.removeEventListener('abort', end);
        resolve();
      }
      window.addEventListener('online', end);
      signal.addEventListener('abort', end);
    });
    signal.throwIfAborted();
  } while (session.value === null);
}

function base64(words: string): string {
  const bytes = new TextEncoder().encode(words);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
