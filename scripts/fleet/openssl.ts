import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { failure } from './errors.ts';

/** An RSA key of 4096 bits takes seconds, on a small machine many. */
const DEADLINE_MS = 180_000;
/** A manifest and a certificate are a few kilobytes. */
const MOST_OUTPUT_BYTES = 16 << 20;
/** The first descriptor behind standard error: where the program reads what nobody else may see. */
export const FIRST_SECRET_FD = 3;

export interface OpensslOptions {
  input?: Uint8Array | string;
  /** Passphrases: the first is read from descriptor 3 (`-passin fd:3`), the next from 4. Arguments could be seen by others. */
  secrets?: readonly string[];
}

/**
 * Runs openssl(1), which is on every Debian machine, and gives back what it printed.
 * @throws FleetError openssl-missing, openssl-failed
 */
export async function openssl(args: readonly string[], o: OpensslOptions = {}): Promise<Buffer> {
  const secrets = o.secrets ?? [];
  const child = spawn('openssl', args, {
    stdio: ['pipe', 'pipe', 'pipe', ...secrets.map(() => 'pipe' as const)],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
    env: { PATH: process.env.PATH, LC_ALL: 'C', OPENSSL_CONF: '/dev/null' },
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const feed = (index: number, data: string | Uint8Array) => {
    const stream = child.stdio[index] as NodeJS.WritableStream | null;
    // Who does not read to the end has failed, and says so itself.
    stream?.on('error', () => {});
    stream?.end(data);
  };
  feed(0, o.input ?? '');
  for (const [index, secret] of secrets.entries()) feed(FIRST_SECRET_FD + index, `${secret}\n`);
  const [output, words, code] = await Promise.all([
    bounded(child.stdout!, () => child.kill('SIGKILL')),
    text(child.stderr!),
    ended.catch((cause: NodeJS.ErrnoException) => {
      throw cause.code === 'ENOENT' ? failure('openssl-missing') : cause;
    }),
  ]);
  if (code !== 0) throw failure('openssl-failed', { command: args[0] ?? '', reason: lastWords(words) });
  return output;
}

async function bounded(stream: NodeJS.ReadableStream, tooMuch: () => void): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_OUTPUT_BYTES) tooMuch();
    else chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Openssl's errors are lines of numbers with the reason at their end. */
function lastWords(words: string): string {
  const lines = words.split('\n').filter((line) => line.trim() !== '' && !/^[.+*-]+$/.test(line));
  const said = lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'no words';
  return said.replace(/^[0-9A-F]+:error:[0-9A-F]+:/, '').slice(0, 300);
}
