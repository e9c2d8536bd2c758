import type { Readable, Writable } from 'node:stream';
import { applianceLimits as limits } from '../../core/appliance-limits.ts';
import { asRohrpostError, errorText, framesOf, RohrpostError } from '../../core/errors.ts';
import type { CaretakerAnswer } from '../words.ts';
import { act } from './acts.ts';
import { refused } from './fields.ts';
import type { Places } from './places.ts';
import { checkRequest } from './requests.ts';

/**
 * Serves one connection: one line in, one answer out. Whatever goes wrong is an answer; a bug also leaves its place on `log`.
 * @param log gets one line for each change and each refusal, without what was asked with it: keys and addresses are in there
 */
export async function serve(places: Places, input: Readable, output: Writable, log: (line: string) => void) {
  const hungUp = new AbortController();
  output.on('error', () => hungUp.abort());
  const say = (answer: CaretakerAnswer) => output.write(`${JSON.stringify(answer)}\n`);
  let name = 'request';
  try {
    const request = checkRequest(await requestLine(input, hungUp));
    name = request.act;
    const onProgress = (progress: { percent: number; text: string }) => say({ progress });
    const done = await act(places, request, { onProgress, signal: hungUp.signal });
    if (name !== 'state') log(`${name}: done`);
    say({ done });
  } catch (thrown) {
    const error = asRohrpostError(thrown, 'internal');
    log(`${name}: ${error.code}: ${errorText(error.code, 'en', error.details)}`);
    if (!(thrown instanceof RohrpostError)) log(framesOf(thrown));
    say({ error: answerOf(error) });
  }
}

function answerOf({ code, details, message }: RohrpostError) {
  const simple = Object.entries(details).filter(([, value]) => ['string', 'number'].includes(typeof value));
  return {
    code,
    reason: String(details.reason ?? message),
    details: Object.fromEntries(simple) as Record<string, string | number>,
  };
}

/**
 * The one line of a request; what comes after it is not looked at, but its end is: who hangs up wants no answer any more.
 * @throws RohrpostError appliance-refused, timed-out
 */
function requestLine(input: Readable, hungUp: AbortController): Promise<string> {
  const timeout_ms = limits.request_ms;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new RohrpostError('timed-out', { details: { timeout_ms, what: 'a whole line' } }));
    }, timeout_ms);
    const pieces: Buffer[] = [];
    let size = 0;
    const settle = (settled: () => void) => {
      clearTimeout(timer);
      settled();
    };
    const onData = (chunk: Buffer) => {
      const end = chunk.indexOf(0x0a);
      pieces.push(end < 0 ? chunk : chunk.subarray(0, end));
      size += pieces.at(-1)!.length;
      if (size > limits.request_bytes) settle(() => reject(refused('request', 'too long')));
      else if (end >= 0) settle(() => resolve(Buffer.concat(pieces).toString('utf8')));
      else return;
      input.off('data', onData);
      input.resume();
    };
    input.on('data', onData);
    const onEnd = () => {
      hungUp.abort();
      settle(() => reject(refused('request', 'it broke off')));
    };
    for (const event of ['end', 'close', 'error']) input.on(event, onEnd);
  });
}
