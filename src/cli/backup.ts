import { join } from 'node:path';
import type { Command } from 'commander';
import type { Look, LookFinding } from '../backup/examine.ts';
import { makeBackup } from '../backup/make.ts';
import { ASIDE_FOLDER } from '../backup/places.ts';
import { lookAtBackup } from '../backup/stage.ts';
import { auditRestore, commitRestore, finishRestore } from '../backup/swap.ts';
import { clearUploads, takeUpload, uploadPath } from '../backup/uploads.ts';
import { openSecrets } from '../config/secrets.ts';
import { errorText, RohrpostError } from '../core/errors.ts';
import { bytesText, momentText } from '../core/figures.ts';
import { makeFolder } from '../core/files.ts';
import { lockFolder } from '../store/database.ts';
import { openDesk } from '../store/desk.ts';
import { addCommand } from './command.ts';
import type { Console } from './console.ts';
import { becomeOwner } from './data.ts';
import { EXIT, UsageError } from './exits.ts';
import { openInput, openOutput } from './files.ts';
import { readSecret } from './input.ts';
import { newPassphrase, type PassphraseOptions, sourceOf, withPassphrase } from './passphrase.ts';

/** `rohrpost backup`: beside a running box, or without one. */
export function addBackupCommand(program: Command, c: Console): void {
  withPassphrase(addCommand(program, c, 'backup', 'help.backup'), c)
    .argument('<file>', c.say('help.backup-file'))
    .action((file: string, o: PassphraseOptions) => backup(c, file, o));
}

async function backup(c: Console, file: string, o: PassphraseOptions): Promise<void> {
  const passphrase = await newPassphrase(c, c.say('backup.passphrase'), sourceOf(o));
  const output = await openOutput(c, file);
  try {
    becomeOwner(c.folder);
    const secrets = await openSecrets(c.folder, { clock: c.clock });
    const desk = openDesk(c.folder);
    try {
      const made = await makeBackup(c.folder, { passphrase, secrets, desk, clock: c.clock });
      const size_bytes = await output.write(made);
      desk.audit.add({ by: c.by, act: 'backup', now_ms: c.clock.now() });
      if (file !== '-') c.line(c.say('backup.done', { file, size: bytesText(size_bytes, c.language) }));
    } finally {
      desk.close();
    }
  } finally {
    await output.close();
  }
}

interface RestoreOptions extends PassphraseOptions {
  look?: boolean;
  keepAccounts?: boolean;
  keepCertificate?: boolean;
}

/** `rohrpost restore`: onto a box that is not running; the folder may be new. */
export function addRestoreCommand(program: Command, c: Console): void {
  withPassphrase(addCommand(program, c, 'restore', 'help.restore'), c)
    .argument('<file>', c.say('help.restore-file'))
    .option('--look', c.say('help.restore-look'))
    .option('--keep-accounts', c.say('help.keep-accounts'))
    .option('--keep-certificate', c.say('help.keep-certificate'))
    .option('--by <name>', c.say('help.by'))
    .action((file: string, o: RestoreOptions) => restore(c, file, o));
}

async function restore(c: Console, file: string, o: RestoreOptions): Promise<void> {
  const source = sourceOf(o);
  if (file === '-' && source.file === undefined && source.env === undefined) {
    throw new UsageError(c.say('key.passphrase-elsewhere'));
  }
  const passphrase = await readSecret(c, `${c.say('backup.passphrase')} `, source);
  const input = await openInput(c, file);
  try {
    becomeOwner(c.folder);
    await makeFolder(c.folder);
    const lock = lockFolder(c.folder);
    try {
      await finishRestore(c.folder);
      const { id } = await takeUpload(c.folder, input);
      await restoreUpload(c, uploadPath(c.folder, id), passphrase, o);
    } finally {
      await clearUploads(c.folder);
      lock.release();
    }
  } finally {
    input.destroy();
  }
}

async function restoreUpload(c: Console, file: string, passphrase: string, o: RestoreOptions): Promise<void> {
  const look = await lookAtBackup(c.folder, { file, passphrase, clock: c.clock });
  tellLook(c, look);
  if (look.findings.some(({ blocks }) => blocks)) {
    c.aside(c.say('restore.blocked'));
    c.exitCode = EXIT.failed;
  } else if (!o.look) {
    await carryOut(c, look, { accounts: !o.keepAccounts && look.accounts !== null, certificate: !o.keepCertificate });
  }
}

async function carryOut(c: Console, look: Look, choice: { accounts: boolean; certificate: boolean }): Promise<void> {
  await commitRestore(c.folder, look.id, { ...choice, by: c.by, clock: c.clock });
  const restored = await finishRestore(c.folder);
  if (!restored) throw new RohrpostError('backup-gone');
  const desk = openDesk(c.folder);
  auditRestore(desk, restored, c.clock.now());
  desk.close();
  c.line(c.say('restore.done', { folder: join(c.folder, ASIDE_FOLDER) }));
  c.line(c.say('restore.one'));
}

function tellLook(c: Console, look: Look): void {
  const { site, address, host, program: version, made_ms } = look.head;
  c.line(c.say('restore.from', { site, address, host, version, date: momentText(made_ms, c.language) }));
  const { partners, targets, passwords } = look;
  c.line(c.say('restore.holds', { partners, targets, passwords, accounts: look.accounts?.join(', ') ?? '-' }));
  for (const finding of look.findings) c.aside(findingText(c, finding));
}

function findingText(c: Console, { code, details, blocks }: LookFinding): string {
  return `${c.say(blocks ? 'check.fail' : 'check.warn')}  ${errorText(code, c.language, details)} [${code}]`;
}
