import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { RohrpostError, reasonOf } from '../core/errors.ts';
import { cliLimits } from '../core/limits.ts';
import type { Console } from './console.ts';

/** Where a secret comes from: never from the command line itself, which other users can read (proc(5)). */
export interface SecretSource {
  file?: string;
  env?: string;
}

/**
 * Reads a password or passphrase: from a file, an environment variable, a pipe, or typed unseen. The line break at its end is
 * not part of it.
 * @throws RohrpostError input-file, input-variable, input-missing, input-too-long
 */
export async function readSecret(c: Console, prompt: string, source: SecretSource = {}): Promise<string> {
  const text = await rawSecret(c, prompt, source);
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '') throw new RohrpostError('input-missing');
  return secret;
}

async function rawSecret(c: Console, prompt: string, source: SecretSource): Promise<string> {
  if (source.file !== undefined) return readText(c, source.file);
  if (source.env !== undefined) {
    const value = c.env[source.env];
    if (value === undefined) throw new RohrpostError('input-variable', { details: { name: source.env } });
    return value;
  }
  if (!c.stdin.isTTY) return readStandardInput(c);
  c.stderr.write(prompt);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: c.stdin, output: unseen, terminal: true });
  reader.on('SIGINT', () => process.exit(130));
  const typed = await reader.question('');
  reader.close();
  c.aside('');
  return typed;
}

/** A small text file; `-` is standard input. @throws RohrpostError input-file, input-too-long */
export async function readText(c: Console, file: string): Promise<string> {
  if (file === '-') return readStandardInput(c);
  const bytes = await readFile(file).catch((error) => {
    throw new RohrpostError('input-file', { cause: error, details: { file, reason: reasonOf(error) } });
  });
  if (bytes.length > cliLimits.input_bytes) throw tooLong();
  return bytes.toString('utf8');
}

async function readStandardInput(c: Console): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of c.stdin as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > cliLimits.input_bytes) throw tooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLong(): RohrpostError {
  return new RohrpostError('input-too-long', { details: { limit_bytes: cliLimits.input_bytes } });
}
