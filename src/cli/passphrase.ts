import type { Command } from 'commander';
import type { Console } from './console.ts';
import { UsageError } from './exits.ts';
import { readSecret, type SecretSource } from './input.ts';

export interface PassphraseOptions {
  passphraseFile?: string;
  passphraseEnv?: string;
}

/** The options by which a passphrase comes from elsewhere than the keyboard. */
export function withPassphrase(command: Command, c: Console): Command {
  return command
    .option('--passphrase-file <file>', c.say('help.passphrase-file'))
    .option('--passphrase-env <name>', c.say('help.passphrase-env'));
}

export function sourceOf(o: PassphraseOptions): SecretSource {
  return { file: o.passphraseFile, env: o.passphraseEnv };
}

/**
 * A passphrase for something new. Typed twice, since nobody sees it; what comes from a file or a pipe is taken as it is.
 * @throws UsageError where the two differ; RohrpostError input-…
 */
export async function newPassphrase(c: Console, prompt: string, source: SecretSource): Promise<string> {
  const first = await readSecret(c, `${prompt} `, source);
  if (source.file !== undefined || source.env !== undefined || !c.stdin.isTTY) return first;
  if ((await readSecret(c, `${c.say('key.again')} `)) !== first) throw new UsageError(c.say('key.differs'));
  return first;
}
