import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { isVersion } from '../../../src/core/versions.ts';
import type { ChannelIndex, Release } from '../../../src/update/words.ts';
import { changeChannel, createChannel, missingBundles, type Publisher, readChannel } from '../channel.ts';
import { failure, reasonOf } from '../errors.ts';
import { readRoots } from '../keys.ts';
import { readLedger } from '../ledger.ts';
import { addCommand, ask, type Operator } from '../operator.ts';
import { drop, publish, staged, stopped, type Which, withdrawn } from '../releases.ts';
import { openSigner } from '../signer.ts';

const DAY_MS = 86_400_000;
/** There is time to fetch the root from where it is locked away. */
const WARN_DAYS = 60;

export interface KeyOptions {
  keys: string;
  signWith?: string;
  signerPassphraseFile?: string;
}

/** `rohrpost-fleet create, publish, stage, stop, withdraw, drop, refresh, show` */
export function addChannelCommands(program: Command, op: Operator): void {
  const { help } = op;
  const command = (usage: string, description: string) =>
    withKeys(addCommand(program, op, usage, description), op).argument('<folder>', help('channel-folder'));
  const onRelease = (usage: string, description: string) =>
    command(usage, description).argument('<version>').option('--product <product>', help('product'));

  command('create', help('create'))
    .requiredOption('--name <name>', help('channel-name'))
    .action(async (folder: string, o: KeyOptions & { name: string }) => {
      tell(op, await createChannel(folder, o.name, await openPublisher(op, o)));
    });
  addPublish(command('publish', help('publish')), op);
  onRelease('stage', help('stage'))
    .argument('<percent>', help('percent'))
    .action((folder: string, version: string, percent: string, o: KeyOptions & { product?: string }) =>
      stage(op, folder, { version, product: o.product }, { ...o, percent: readPercent('PERCENT', percent) }),
    );
  const simple = { stop: stopped, withdraw: withdrawn };
  for (const [name, change] of Object.entries(simple) as [keyof typeof simple, typeof stopped][]) {
    onRelease(name, help(name)).action(
      async (folder: string, version: string, o: KeyOptions & { product?: string }) => {
        const publisher = await openPublisher(op, o);
        tell(op, await changeChannel(folder, publisher, (index) => change(index, { version, product: o.product })));
      },
    );
  }
  onRelease('drop', help('drop')).action(
    async (folder: string, version: string, o: KeyOptions & { product?: string }) =>
      void tell(op, await drop(folder, { version, product: o.product }, await openPublisher(op, o))),
  );
  command('refresh', help('refresh')).action(async (folder: string, o: KeyOptions) => {
    const index = await changeChannel(folder, await openPublisher(op, o), ({ releases }) => releases);
    tell(op, index);
    await warnOfMissing(op, folder, index.releases);
  });
  command('show', help('show'))
    .option('--json', help('json'))
    .action((folder: string, o: KeyOptions & { json?: boolean }) => show(op, folder, o));
}

/** The options of everything that signs. */
export function withKeys(command: Command, op: Operator): Command {
  const keys = new Option('--keys <folder>', op.help('keys-folder')).env('ROHRPOST_KEYS').makeOptionMandatory();
  return command
    .addOption(keys)
    .option('--sign-with <program>', op.help('sign-with'))
    .option('--signer-passphrase-file <file>', op.help('signer-passphrase-file'));
}

/** Opens the signer, and says in time when it is going to end. */
export async function openPublisher(op: Operator, o: KeyOptions): Promise<Publisher> {
  const now_ms = op.now();
  const signer = await openSigner(o.keys, {
    ...{ now_ms, signWith: o.signWith },
    passphrase: () => ask(op, op.say('keys-passphrase-signer'), o.signerPassphraseFile),
  });
  for (const certificate of [signer.certificate, ...signer.roots]) {
    const days = Math.floor((certificate.validToDate.getTime() - now_ms) / DAY_MS);
    const subject = certificate.subject.replace(/\n/g, ', ');
    if (days < WARN_DAYS) op.aside(op.say('keys-ending', { subject, days }));
  }
  return { keys: o.keys, signer, now_ms };
}

interface PublishOptions extends KeyOptions {
  bundle: string;
  version?: string;
  product?: string;
  notesDe: string;
  notesEn: string;
  percent: string;
  minVersion: string;
  downgrade?: boolean;
}

function addPublish(command: Command, op: Operator): void {
  const { help } = op;
  command
    .requiredOption('--bundle <file>', help('bundle'))
    .option('--version <version>', help('version-check'))
    .option('--product <product>', help('product-check'))
    .requiredOption('--notes-de <text>', help('notes-de'))
    .requiredOption('--notes-en <text>', help('notes-en'))
    .option('--percent <percent>', help('percent'), '1')
    .option('--min-version <version>', help('min-version'), '0.0')
    .option('--downgrade', help('downgrade'))
    .action(async (folder: string, o: PublishOptions) => {
      if (!isVersion(o.minVersion)) {
        throw failure('option-invalid', { option: '--min-version', value: o.minVersion, expected: '1.2.3' });
      }
      const index = await publish(
        folder,
        {
          ...{ bundle: o.bundle, version: o.version, product: o.product, min_version: o.minVersion },
          notes: { de: await readNote(o.notesDe), en: await readNote(o.notesEn) },
          percent: readPercent('--percent', o.percent),
          downgrade: o.downgrade ?? false,
        },
        await openPublisher(op, o),
      );
      tell(op, index);
    });
}

/** `@file` is the file's text, as curl(1) has it. */
async function readNote(value: string): Promise<string> {
  if (!value.startsWith('@')) return value;
  return readFile(value.slice(1), 'utf8').catch((cause) => {
    throw failure('file-unreadable', { file: value.slice(1), reason: reasonOf(cause) });
  });
}

/** @throws FleetError option-invalid */
export function readPercent(option: string, value: string): number {
  const percent = /^\d{1,3}(?:\.\d{1,4})?$/.test(value) ? Number(value) : -1;
  if (percent < 0 || percent > 100) throw failure('option-invalid', { option, value, expected: '0…100' });
  return percent;
}

async function stage(op: Operator, folder: string, which: Which, o: KeyOptions & { percent: number }): Promise<void> {
  const words = new Set<string>();
  const index = await changeChannel(folder, await openPublisher(op, o), (found) => {
    const releases = staged(found, which, o.percent);
    for (const [at, { stage: before }] of found.releases.entries()) {
      if (releases[at]!.stage === before) continue;
      if (before.stopped) words.add(op.say('release-resumed', { version: which.version }));
      if (before.percent > o.percent) words.add(op.say('release-lowered'));
    }
    return releases;
  });
  for (const word of words) op.aside(word);
  tell(op, index);
}

async function show(op: Operator, folder: string, o: KeyOptions & { json?: boolean }): Promise<void> {
  const trust = { signer: { roots: await readRoots(o.keys) }, now_ms: op.now() };
  const index = await readChannel(folder, trust, await readLedger(o.keys));
  if (o.json) op.console.json(index);
  else tell(op, index);
  await warnOfMissing(op, folder, index.releases);
}

async function warnOfMissing(op: Operator, folder: string, releases: readonly Release[]): Promise<void> {
  for (const file of await missingBundles(folder, releases)) {
    op.aside(op.say('channel-bundle-missing', { file }));
    op.console.exitCode = 1;
  }
}

/** What a channel says now. */
export function tell(op: Operator, index: ChannelIndex): void {
  const { channel, sequence, expires } = index;
  op.line(op.say('channel-written', { channel, sequence, expires: expires.slice(0, 10) }));
  for (const { product, version, stage: at, withdrawn: isWithdrawn } of index.releases) {
    const state = isWithdrawn ? op.say('release-is-withdrawn') : at.stopped ? op.say('release-stopped') : '';
    op.line(`  ${op.say('release-line', { product, version, percent: at.percent, state })}`.trimEnd());
  }
}
