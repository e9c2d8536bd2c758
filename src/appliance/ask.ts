import { connect, type Socket } from 'node:net';
import { applianceLimits as limits } from '../core/appliance-limits.ts';
import { codes, type ErrorCode, RohrpostError, reasonOf } from '../core/errors.ts';
import type { CaretakerAnswer, CaretakerRequest, Progress } from './words.ts';

export interface AskOptions {
  /** How long the whole act may take, in milliseconds. */
  within_ms: number;
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Aborted, the connection is closed; the caretaker then gives up what can be given up. */
  signal?: AbortSignal | undefined;
}

/**
 * Asks the caretaker for one act over its socket: one line out, lines of progress in, then the answer.
 * @returns what it did, as `words.ts` says for each act
 * @throws RohrpostError appliance-away, timed-out, stopped, or what the caretaker says
 */
export async function askCaretaker(path: string, request: CaretakerRequest, options: AskOptions): Promise<unknown> {
  if (options.signal?.aborted) throw new RohrpostError('stopped');
  const socket = connect({ path });
  let out: RohrpostError | null = null;
  const end = (error: RohrpostError) => {
    out ??= error;
    socket.destroy(error);
  };
  const timedOut = (timeout_ms: number) =>
    end(new RohrpostError('timed-out', { details: { timeout_ms, what: `caretaker, ${request.act}` } }));
  const whole = setTimeout(timedOut, options.within_ms, options.within_ms);
  const connecting = setTimeout(timedOut, limits.connect_ms, limits.connect_ms);
  const onAbort = () => end(new RohrpostError('stopped'));
  options.signal?.addEventListener('abort', onAbort, { once: true });
  socket.once('connect', () => {
    clearTimeout(connecting);
    socket.write(`${JSON.stringify(request)}\n`);
  });
  try {
    return await answerOf(socket, options.onProgress);
  } catch (thrown) {
    throw out ?? (thrown instanceof RohrpostError ? thrown : away(thrown));
  } finally {
    clearTimeout(whole);
    clearTimeout(connecting);
    options.signal?.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

async function answerOf(socket: Socket, onProgress: AskOptions['onProgress']): Promise<unknown> {
  let rest = '';
  socket.setEncoding('utf8');
  for await (const chunk of socket as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const answer = parse(line);
      if ('progress' in answer) onProgress?.(answer.progress);
      else if ('done' in answer) return answer.done;
      else throw errorOf(answer.error);
    }
    if (rest.length > limits.answer_bytes) throw away('a line without end');
  }
  throw away('it ended without an answer');
}

function parse(line: string): CaretakerAnswer {
  try {
    const answer: unknown = JSON.parse(line);
    if (isObject(answer) && 'done' in answer) return { done: answer.done };
    if (isObject(answer) && isObject(answer.error)) return answer as CaretakerAnswer;
    if (isObject(answer) && isObject(answer.progress)) return answer as CaretakerAnswer;
  } catch {
    // Told below.
  }
  throw away('a line that is no answer');
}

/** The caretaker's word as our error; a code that this program does not know comes from a system that is not its own. */
function errorOf({ code, reason, details }: Extract<CaretakerAnswer, { error: unknown }>['error']): RohrpostError {
  if (Object.hasOwn(codes, code)) {
    return new RohrpostError(code as ErrorCode, { details: { ...details, ...(reason && { reason }) } });
  }
  return new RohrpostError('appliance-failed', { details: { reason: reasonOf(reason ?? code) } });
}

const away = (why: unknown) => new RohrpostError('appliance-away', { cause: why, details: { reason: reasonOf(why) } });

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
