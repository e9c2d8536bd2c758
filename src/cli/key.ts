import type { Command } from 'commander';
import { RohrpostError } from '../core/errors.ts';
import { fingerprintText } from '../core/figures.ts';
import { writeDurably } from '../core/files.ts';
import { readPublicKey } from '../pgp/keys.ts';
import { addCommand, addGroup } from './command.ts';
import type { Console } from './console.ts';
import { openKeys, withSettings } from './data.ts';
import { UsageError } from './exits.ts';
import { readSecret, readText } from './input.ts';
import { keyLines } from './key-lines.ts';
import { newPassphrase, type PassphraseOptions, sourceOf, withPassphrase } from './passphrase.ts';

/** `rohrpost key`: the box's own key pair. A passphrase is typed or comes from a file or the environment. */
export function addKeyCommands(program: Command, c: Console): void {
  const key = addGroup(program, c, 'key', 'help.key');
  addCommand(key, c, 'show', 'help.key-show')
    .option('--json', c.say('help.json'))
    .action((o: { json?: boolean }) => show(c, o.json ?? false));
  withPassphrase(addCommand(key, c, 'export', 'help.key-export'), c)
    .option('--private', c.say('help.private'))
    .option('--out <file>', c.say('help.out'))
    .action((o: PassphraseOptions & { private?: boolean; out?: string }) => exportKey(c, o));
  withPassphrase(addCommand(key, c, 'import <file>', 'help.key-import'), c)
    .option('--replace', c.say('help.replace'))
    .action((file: string, o: PassphraseOptions & { replace?: boolean }) => importKey(c, file, o));
}

function show(c: Console, json: boolean): Promise<void> {
  return withSettings(c, async () => {
    const { keyring } = await openKeys(c);
    const key = await readPublicKey(await keyring.ownPublic());
    if (json) return c.json({ ...key.info, armored: key.armored });
    for (const line of keyLines(c, key.info)) c.line(line);
    c.line();
    c.line(key.armored.trimEnd());
  });
}

function exportKey(c: Console, o: PassphraseOptions & { private?: boolean; out?: string }): Promise<void> {
  return withSettings(c, async () => {
    const { keyring } = await openKeys(c);
    if (!o.private) return give(c, await keyring.ownPublic(), o.out, 0o644);
    await keyring.ownArmored();
    const passphrase = await newPassphrase(c, c.say('key.new-passphrase'), sourceOf(o));
    return give(c, await keyring.exportPrivate(passphrase), o.out, 0o600);
  });
}

async function give(c: Console, armored: string, out: string | undefined, mode: number): Promise<void> {
  if (out === undefined) return c.line(armored.trimEnd());
  await writeDurably(out, armored, mode);
  c.line(c.say('key.written', { file: out }));
}

function importKey(c: Console, file: string, o: PassphraseOptions & { replace?: boolean }): Promise<void> {
  return withSettings(c, async () => {
    const armored = await readText(c, file);
    const { keyring } = await openKeys(c);
    if (!armored.includes('PRIVATE KEY BLOCK')) {
      const { info } = await keyring.importPublic(armored);
      c.line(c.say('key.public-taken', { fingerprint: fingerprintText(info.fingerprint) }));
      return;
    }
    const isThere = await keyring.ownPublic().then(
      () => true,
      () => false,
    );
    if (isThere && !o.replace) throw new RohrpostError('own-key-exists');
    // Read from a pipe, the key has used up standard input.
    const source = sourceOf(o);
    if (file === '-' && source.file === undefined && source.env === undefined) {
      throw new UsageError(c.say('key.passphrase-elsewhere'));
    }
    const passphrase = await readSecret(c, `${c.say('key.passphrase')} `, source);
    const fingerprint = await keyring.importPrivate(armored, passphrase);
    c.line(c.say('key.private-taken', { fingerprint: fingerprintText(fingerprint) }));
  });
}
