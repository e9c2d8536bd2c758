import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { KeyKind } from '../certificates.ts';
import {
  addRoot,
  checkRoot,
  isDevelopment,
  isProtected,
  makeKeys,
  ROOT_KEY_FILE,
  ROOTS_FILE,
  readKeyFile,
  readRoots,
  renewSigner,
  retireRoot,
  SIGNER_CERT_FILE,
} from '../keys.ts';
import { addCommand, addGroup, ask, askNew, type Operator } from '../operator.ts';

interface KeyOptions {
  name: string;
  kind: KeyKind;
  root?: string;
  development?: boolean;
  protectSigner?: boolean;
  passphraseFile?: string;
  signerPassphraseFile?: string;
}

/** `rohrpost-fleet keys …` */
export function addKeysCommands(program: Command, op: Operator): void {
  const { help } = op;
  const group = addGroup(program, 'keys', help('keys'));
  const command = (usage: string, description: string) =>
    addCommand(group, op, usage, description).option('--passphrase-file <file>', help('keys-passphrase-file'));
  const withKind = (given: Command) =>
    given.addOption(new Option('--kind <kind>', help('keys-kind')).choices(['rsa', 'ec']).default('rsa'));
  const withSigner = (given: Command) =>
    given
      .option('--protect-signer', help('keys-protect'))
      .option('--signer-passphrase-file <file>', help('signer-passphrase-file'));

  withSigner(withKind(command('make', help('keys-make'))))
    .argument('<folder>', help('keys-folder'))
    .option('--name <name>', help('keys-name'), 'Rohrpost')
    .option('--root <folder>', help('keys-root'))
    .option('--development', help('keys-development'))
    .action((folder: string, o: KeyOptions) => make(op, folder, o));
  withSigner(withKind(command('renew-signer', help('keys-renew'))))
    .argument('<folder>', help('keys-folder'))
    .option('--root <folder>', help('keys-root'))
    .action((folder: string, o: KeyOptions) => renew(op, folder, o));
  withKind(command('add-root', help('keys-add-root')))
    .argument('<folder>', help('keys-folder'))
    .option('--name <name>', help('keys-name'), 'Rohrpost')
    .option('--root <folder>', help('keys-root'))
    .action((folder: string, o: KeyOptions) => add(op, folder, o));
  command('retire-root', help('keys-retire'))
    .argument('<folder>', help('keys-folder'))
    .argument('<fingerprint>', help('keys-fingerprint'))
    .action(async (folder: string, fingerprint: string) => {
      await retireRoot(folder, fingerprint);
      op.line(op.say('keys-root-retired', { fingerprint }));
    });
  command('check-root', help('keys-check'))
    .argument('<folder>', help('keys-root'))
    .action((folder: string, o: KeyOptions) => check(op, folder, o));
}

async function make(op: Operator, folder: string, o: KeyOptions): Promise<void> {
  const development = o.development ?? false;
  const rootFolder = o.root ?? join(folder, 'offline');
  const { signer, root } = await makeKeys(folder, {
    ...{ organisation: o.name, kind: o.kind, development, rootFolder },
    passphrase: development ? null : await askNew(op, op.say('keys-passphrase-ask'), o.passphraseFile),
    signerPassphrase: await newSignerPassphrase(op, o),
  });
  op.line(
    op.say('keys-made', {
      ...{ root: join(folder, ROOTS_FILE), signer: join(folder, SIGNER_CERT_FILE), until: untilOf(signer.cert) },
      fingerprint: new X509Certificate(root.cert).fingerprint256,
    }),
  );
  if (development) op.aside(op.say('keys-development'));
  else op.aside(op.say('keys-keep', { folder: rootFolder }));
  if (!development && !isProtected(signer.key)) op.aside(op.say('keys-signer-open'));
}

async function renew(op: Operator, folder: string, o: KeyOptions): Promise<void> {
  const rootFolder = o.root ?? join(folder, 'offline');
  const passphrase = await rootPassphrase(op, rootFolder, o);
  const { signer, old } = await renewSigner(folder, {
    ...{ rootFolder, kind: o.kind, passphrase },
    signerPassphrase: await newSignerPassphrase(op, o),
  });
  const values = { signer: join(folder, SIGNER_CERT_FILE), until: untilOf(signer.cert), old };
  op.line(op.say('keys-renewed', values));
}

async function add(op: Operator, folder: string, o: KeyOptions): Promise<void> {
  const development = (await readRoots(folder)).some(isDevelopment);
  const rootFolder = o.root ?? nextRootFolder(folder);
  const passphrase = development ? null : await askNew(op, op.say('keys-passphrase-ask'), o.passphraseFile);
  await addRoot(folder, { organisation: o.name, kind: o.kind, development, rootFolder, passphrase });
  op.line(op.say('keys-root-added', { root: rootFolder }));
  if (!development) op.aside(op.say('keys-keep', { folder: rootFolder }));
}

async function check(op: Operator, rootFolder: string, o: KeyOptions): Promise<void> {
  const root = await checkRoot(rootFolder, await rootPassphrase(op, rootFolder, o));
  const values = { subject: root.subject.replace(/\n/g, ', '), fingerprint: root.fingerprint256 };
  op.line(op.say('keys-root-good', values));
}

/** Asked for only where the key needs one. */
async function rootPassphrase(op: Operator, rootFolder: string, o: KeyOptions): Promise<string | null> {
  if (!isProtected(await readKeyFile(rootFolder, ROOT_KEY_FILE))) return null;
  return ask(op, op.say('keys-passphrase-ask'), o.passphraseFile);
}

async function newSignerPassphrase(op: Operator, o: KeyOptions): Promise<string | null> {
  if (!o.protectSigner && o.signerPassphraseFile === undefined) return null;
  return askNew(op, op.say('keys-passphrase-signer'), o.signerPassphraseFile);
}

/** `offline-2`, or what comes next. */
function nextRootFolder(folder: string): string {
  for (let number = 2; ; number++) {
    const path = join(folder, `offline-${number}`);
    if (!existsSync(path)) return path;
  }
}

function untilOf(cert: string): string {
  return new X509Certificate(cert).validToDate.toISOString().slice(0, 10);
}
