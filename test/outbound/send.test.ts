import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Partner } from '../../src/config/schema.ts';
import { type ErrorCode, RohrpostError } from '../../src/core/errors.ts';
import { removeFile } from '../../src/core/files.ts';
import { sha256 } from '../../src/core/ids.ts';
import { lineLimits } from '../../src/core/limits.ts';
import { silentLog } from '../../src/core/log.ts';
import { answers } from '../../src/inbound/answers.ts';
import { release } from '../../src/line/acts.ts';
import type { Station } from '../../src/line/conveyor.ts';
import { done } from '../../src/line/outcome.ts';
import { followParts } from '../../src/line/progress.ts';
import type { OutgoingMail, SendResult, SmtpSender } from '../../src/mail/smtp.ts';
import { sealStation } from '../../src/outbound/seal.ts';
import { sendStation } from '../../src/outbound/send.ts';
import type { PartRow } from '../../src/store/parts.ts';
import type { SealJob } from '../../src/workers/seal.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { eventually, run, settled } from '../support/line.ts';
import { testPartner } from '../support/settings.ts';
import { addConsignment, addParts, temporaryStore } from '../support/store.ts';

const DAY_MS = 86_400_000;
const accepted: SendResult = { kind: 'accepted', response: '250 queued' };
const fails = (code: ConstructorParameters<typeof RohrpostError>[0], details = {}): SendResult => ({
  ...{ kind: 'failed', error: new RohrpostError(code, { details }) },
});
const unknown: SendResult = { kind: 'unknown', error: new RohrpostError('transport-outcome-unknown') };

/**
 * Seal and send on a real database. The sealed "mail" is a file that names the key it is sealed for; the mail server is a
 * function that says what becomes of each mail.
 */
function post(o: { items?: number; partners?: Partner[]; fragments?: number } = {}) {
  const { store, folder } = temporaryStore();
  mkdirSync(join(folder, 'spool', 'outbox'), { recursive: true });
  const clock = manualClock();
  const partners = new Map((o.partners ?? [testPartner()]).map((partner) => [partner.id, partner]));
  const keys = new Map([...partners.keys()].map((id) => [id, `KEY-${id}-1`]));
  const jobs: SealJob[] = [];
  const sent: (OutgoingMail & { content: string; atOnce: number })[] = [];
  const alarms: (string | null)[] = [];
  const world = {
    answer: (_: OutgoingMail): SendResult | Promise<SendResult> => accepted,
    swap: (id: string) => id,
    account: (_: Partner) => 'box@mail.example',
    plannedAnew: 0,
    clockTrusted: true,
    /** Why the partner's key may not be used. */
    keyFault: null as ErrorCode | null,
  };
  let atOnce = 0;
  const newSender = (): SmtpSender => ({
    send: async (mail) => {
      const content = await readFile(mail.path, 'utf8');
      if (mail.sha256 !== undefined && mail.sha256 !== sha256(content))
        return fails('transport-file-unusable', { reason: 'SHA-256' });
      atOnce++;
      sent.push({ ...mail, content, atOnce });
      return Promise.resolve(world.answer(mail)).finally(() => atOnce--);
    },
    limit: async () => null,
    close: async () => {},
  });
  const senders = { now: newSender() };
  const time = { now: () => clock.now(), steady: () => clock.steady() };
  const progress = (consignmentId: string) =>
    followParts({ ...store, ...time, confirmWithin_ms: () => DAY_MS }, consignmentId);
  const key = async (partner: Partner) => {
    if (world.keyFault) throw new RohrpostError(world.keyFault);
    const fingerprint = keys.get(partner.id);
    if (!fingerprint) throw new RohrpostError('partner-key-missing', { details: { partner: partner.id } });
    return { fingerprint, keyIds: [`id-of-${fingerprint}`], armored: fingerprint };
  };
  const seal = sealStation({
    ...store,
    ...time,
    folder,
    partner: (id) => partners.get(id),
    encryptionKey: key,
    ownKey: async () => ({ armored: 'OWN', passphrase: 'p' }) as never,
    from: () => 'box@a.example',
    limitBytes: async () => 1_000,
    ownFields: () => [],
    seal: async (job) => {
      jobs.push(job);
      const paths = o.fragments ? Array.from({ length: o.fragments }, (_, n) => `${job.out}.${n + 1}`) : [job.out];
      const text = `${job.partnerKey} ${job.messageId} sealing ${jobs.length}`;
      for (const path of paths) writeFileSync(path, text);
      return { paths, hashes: paths.map(() => sha256(text)), mailBytes: text.length };
    },
    clockTrusted: () => world.clockTrusted,
    onHeld: (part) => progress(part.consignment_id),
  });
  const send = sendStation({
    ...time,
    parts: store.parts,
    folder,
    partner: (id) => partners.get(world.swap(id)),
    way: async (partner) => ({ account: world.account(partner), sender: senders.now }),
    from: () => 'box@a.example',
    encryptionKey: key,
    recipientsOf: async (path) => {
      return [`id-of-${(await readFile(path, 'utf8')).split(' ')[0]}`];
    },
    onAccount: (_, error) => alarms.push(error?.code ?? null),
    onTooLarge: () => done('discarded', { commit: () => void world.plannedAnew++ }),
    onMoved: (part) => progress(part.consignment_id),
    log: silentLog,
  });
  const receipts = answers({
    ...store,
    ...time,
    followParts: progress,
    sendsReceipts: () => true,
    learn: () => {},
    unknown: () => {},
    messageId: (id) => `<${id}@a.example>`,
    log: silentLog,
  });
  const { consignment } = addConsignment(store, { items: o.items ?? 1 });
  const ids = addParts(store, consignment.id).map(({ id }) => id);
  return {
    ...{
      store,
      folder,
      clock,
      keys,
      jobs,
      sent,
      alarms,
      world,
      senders,
      newSender,
      partners,
      receipts,
      seal,
      send,
    },
    parts: (): PartRow[] => ids.flatMap((id) => store.parts.get(id) ?? []),
    part: (): PartRow => store.parts.get(ids[0]!)!,
    consignment: () => store.consignments.get(consignment.id)!,
    outbox: () => readdirSync(join(folder, 'spool', 'outbox')),
    start: (owner?: string) => run(store, clock, [seal, send] as unknown as Station[], { owner }),
  };
}

async function pass(
  { store, clock }: { store: Parameters<typeof settled>[0]; clock: ManualClock },
  conveyor: Parameters<typeof settled>[1],
  ms = 0,
) {
  clock.advance(ms);
  await settled(store, conveyor);
}

const answer = (part: PartRow, disposition: 'displayed' | 'displayed/warning' | 'deleted' | 'deleted/error') => ({
  ...{ disposition, originalMessageId: part.message_id, originalContentId: null, code: null, accepts: null },
});

/** One bit of the last byte. */
function alter(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(path, bytes);
}

test.each<[string, (path: string) => void]>([
  ['F68: a sealed mail that is gone, for an older ledger knows nothing of its sending', rmSync],
  ['F24: a sealed mail that became shorter', (path) => truncateSync(path, 20)],
  ['F24: a sealed mail of other bytes', alter],
])('%s: the same part is sealed anew', async (_, damage) => {
  const world = post();
  // The way is away until the file is.
  world.world.answer = () => fails('transport-connection-lost');
  const conveyor = world.start();
  await pass(world, conveyor);
  const { message_id } = world.part();
  expect(world.part().state).toBe('sealed');
  for (const name of world.outbox()) damage(join(world.folder, 'spool', 'outbox', name));
  world.world.answer = () => accepted;
  await pass(world, conveyor, 3_600_000);
  expect(world.part()).toMatchObject({ state: 'sent', message_id, sealings: 2 });
  expect(world.jobs.map((job) => job.messageId)).toEqual([message_id, message_id]);
});

describe('sealing', () => {
  test('for exactly the routed partner, with the identity that was planned', async () => {
    const world = post({ items: 2 });
    await pass(world, world.start());
    expect(world.jobs.map(({ fields }) => [fields.part, fields.total])).toEqual([
      [1, 2],
      [2, 2],
    ]);
    for (const [index, job] of world.jobs.entries()) {
      const part = world.parts().find(({ number }) => number === index + 1)!;
      expect(job).toMatchObject({ to: 'dicom@klinik.example', partnerKey: 'KEY-klinik-1', messageId: part.message_id });
      expect(job.fields.setId).toBe(world.consignment().set_id);
      expect(job.items).toHaveLength(1);
      expect(job.receiptTo).toBe('box@a.example');
    }
  });

  test('names of attachments tell nothing of the patient', async () => {
    const world = post({ items: 1 });
    await pass(world, world.start());
    expect(world.jobs[0]!.items[0]!.name).toBe('0001.dcm');
  });

  test('F25: a key that is missing holds part and consignment; once it is there the part can go on', async () => {
    const world = post();
    world.keys.delete('klinik');
    const conveyor = world.start();
    await pass(world, conveyor);
    expect(world.part()).toMatchObject({ state: 'held', code: 'partner-key-missing' });
    expect(world.consignment()).toMatchObject({ state: 'held', code: 'partner-key-missing' });
    world.keys.set('klinik', 'KEY-klinik-2');
    world.store.parts.move(world.part().id, { state: 'planned', due_ms: 0 }, 0);
    await pass(world, conveyor);
    expect(world.part()).toMatchObject({ state: 'sent', sealed_for: 'KEY-klinik-2' });
  });

  test('F54: a clock that cannot be right: nothing is sealed until it is set', async () => {
    const world = post();
    world.world.clockTrusted = false;
    const conveyor = world.start();
    await pass(world, conveyor);
    expect(world.part()).toMatchObject({ state: 'planned', code: 'clock-untrusted' });
    expect(world.jobs).toEqual([]);
    world.world.clockTrusted = true;
    await pass(world, conveyor, 60_000);
    expect(world.part().state).toBe('sent');
  });

  test('F24: a file that changed on disk holds the part, and nothing of it leaves', async () => {
    const world = post();
    const seal = sealStation({
      ...world.store,
      ...{ now: () => world.clock.now(), steady: () => world.clock.steady(), folder: world.folder },
      ...{ partner: (id) => world.partners.get(id), from: () => 'box@a.example', ownFields: () => [] },
      encryptionKey: async () => ({ fingerprint: 'K', armored: 'K' }),
      ownKey: async () => ({}) as never,
      limitBytes: async () => 1_000,
      seal: async () => {
        throw new RohrpostError('seal-bytes-changed', { details: { file: '1.dcm' } });
      },
      clockTrusted: () => true,
      onHeld: () => {},
    });
    await pass(world, run(world.store, world.clock, [seal, world.send] as unknown as Station[]));
    expect(world.part()).toMatchObject({ state: 'held', code: 'seal-bytes-changed' });
    expect(world.sent).toEqual([]);
  });
});

describe('sending', () => {
  test('accepted: sent, the server’s words kept, the mail file gone, the consignment waits for the receipt', async () => {
    const world = post({ items: 2 });
    await pass(world, world.start());
    for (const part of world.parts()) expect(part).toMatchObject({ state: 'sent', response: '250 queued' });
    expect(world.consignment()).toMatchObject({ state: 'sent', due_ms: world.clock.steady() + DAY_MS });
    await eventually(() => expect(world.outbox()).toEqual([]));
    expect(world.sent.map(({ to }) => to)).toEqual(['dicom@klinik.example', 'dicom@klinik.example']);
  });

  test.each([
    ['F32: connection lost before the final dot', fails('transport-connection-lost')],
    ['F34: greylisting', fails('transport-refused-later')],
    ['F32: lost answer after the final dot', unknown],
  ])('%s: the same bytes under the same Message-ID again', async (_, result) => {
    const world = post();
    world.world.answer = () => (world.sent.length < 3 ? result : accepted);
    const conveyor = world.start();
    await pass(world, conveyor);
    expect(world.part()).toMatchObject({ state: 'sealed', attempts: 1 });
    await pass(world, conveyor, 60_000);
    await pass(world, conveyor, 60_000);
    expect(world.part().state).toBe('sent');
    expect(world.jobs).toHaveLength(1);
    expect(new Set(world.sent.map(({ content }) => content)).size).toBe(1);
  });

  test.each(['transport-recipient-refused', 'transport-content-refused'] as const)(
    'F36: %s: held with the server’s words, never tried again by itself',
    async (code) => {
      const world = post({ items: 2 });
      world.world.answer = () => fails(code, { reply: '550 5.1.1 no such user' });
      const conveyor = world.start();
      await pass(world, conveyor);
      await pass(world, conveyor, 10 * DAY_MS);
      expect(world.sent).toHaveLength(2);
      expect(world.part()).toMatchObject({ state: 'held', code });
      expect(world.consignment()).toMatchObject({ state: 'held', code });
    },
  );

  test('F33: killed after the server’s 250, before our commit: sent again with the same Message-ID', async () => {
    const world = post();
    let release = (_: SendResult) => {};
    world.world.answer = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    world.start('boot-1');
    await eventually(() => expect(world.sent).toHaveLength(1));
    // The process is gone here: nothing of boot-1 is written any more. Its row is owned until boot-2 frees it.
    world.world.answer = () => accepted;
    const second = world.start('boot-2');
    await pass(world, second);
    expect(world.sent).toHaveLength(2);
    expect(world.sent[0]!.content).toBe(world.sent[1]!.content);
    expect(world.part().state).toBe('sent');
    release(accepted);
    await pass(world, second);
    expect(world.part().state).toBe('sent');
    expect(world.store.history.of([world.part().id]).filter(({ to_state }) => to_state === 'sent')).toHaveLength(1);
  });

  test('a mail file that goes missing again and again needs a person, not a crash', async () => {
    const world = post();
    world.world.answer = () => fails('transport-refused-later');
    const conveyor = world.start();
    await pass(world, conveyor);
    for (let lost = 0; lost <= lineLimits.resend_attempts; lost++) {
      expect(world.part()).toMatchObject({ state: 'sealed', sealings: lost + 1 });
      await removeFile(join(world.folder, JSON.parse(world.part().mail_paths)[0]));
      await pass(world, conveyor, 3_600_000);
    }
    expect(world.part()).toMatchObject({ state: 'held', code: 'transport-file-unusable' });
  });

  test('the partner was removed while the mail waits: held', async () => {
    const world = post();
    world.world.answer = () => fails('transport-refused-later');
    const conveyor = world.start();
    await pass(world, conveyor);
    world.partners.clear();
    await pass(world, conveyor, 60_000);
    expect(world.part()).toMatchObject({ state: 'held', code: 'partner-gone' });
  });

  test('fragments: those that were accepted are not sent again', async () => {
    const world = post({ fragments: 4 });
    world.world.answer = () => (world.sent.length === 3 ? fails('transport-refused-later') : accepted);
    const conveyor = world.start();
    await pass(world, conveyor);
    expect(world.part()).toMatchObject({ state: 'sealed', mails_sent: 2 });
    await pass(world, conveyor, 60_000);
    expect(world.part()).toMatchObject({ state: 'sent', mails_sent: 4 });
    expect(world.sent.map(({ path }) => path.slice(-1))).toEqual(['1', '2', '3', '3', '4']);
  });

  test('F24: a fragment of other bytes, after others have left, needs a person', async () => {
    const world = post({ fragments: 3 });
    world.world.answer = () => (world.sent.length === 2 ? fails('transport-refused-later') : accepted);
    const conveyor = world.start();
    await pass(world, conveyor);
    alter(join(world.folder, JSON.parse(world.part().mail_paths)[1]));
    await pass(world, conveyor, 60_000);
    expect(world.part()).toMatchObject({ state: 'held', code: 'transport-file-unusable', mails_sent: 1, sealings: 1 });
  });

  test('a part that was sealed before hashes were kept is sent', async () => {
    const world = post();
    world.world.answer = () => fails('transport-refused-later');
    const conveyor = world.start();
    await pass(world, conveyor);
    const { id, mail_paths, mail_bytes, sealed_for } = world.part();
    const old = { mailPaths: JSON.parse(mail_paths), mailHashes: [], mailBytes: mail_bytes, sealedFor: sealed_for! };
    world.store.parts.setSealed(id, old);
    world.world.answer = () => accepted;
    await pass(world, conveyor, 3_600_000);
    expect(world.part()).toMatchObject({ state: 'sent' });
  });

  test('F30: too large for the way: handed to be planned anew', async () => {
    const world = post();
    world.world.answer = () => fails('transport-too-large');
    await pass(world, world.start());
    expect(world.part().state).toBe('discarded');
    expect(world.world.plannedAnew).toBe(1);
  });
});

describe('I5: only to the routed partner', () => {
  test('F26: two partners swapped in code: the sealed file’s key tells, nothing leaves, the move is held', async () => {
    const world = post({ partners: [testPartner(), testPartner({ id: 'praxis' })] });
    world.world.swap = (id) => (id === 'klinik' ? 'praxis' : 'klinik');
    // The mail must look as if it had been sealed for the wrong one: only the file itself knows better.
    const lying = {
      ...world.send,
      run: (rows: readonly PartRow[], trip: Parameters<typeof world.send.run>[1]) =>
        world.send.run(
          rows.map((row) => ({ ...row, sealed_for: 'KEY-praxis-1' })),
          trip,
        ),
    };
    await pass(world, run(world.store, world.clock, [world.seal, lying] as unknown as Station[]));
    expect(world.sent).toEqual([]);
    expect(world.part()).toMatchObject({ state: 'held', code: 'send-wrong-recipient' });
  });

  test.each([
    ['nobody', [] as string[]],
    ['two keys', ['id-of-KEY-klinik-1', 'id-of-KEY-praxis-1']],
    ['a foreign key', ['id-of-KEY-praxis-1']],
  ])('F26: a file sealed for %s is not sent', async (_, recipients) => {
    const world = post();
    const send = sendStation({
      ...{ now: () => world.clock.now(), steady: () => world.clock.steady(), folder: world.folder, log: silentLog },
      ...{ parts: world.store.parts, partner: (id) => world.partners.get(id), from: () => 'box@a.example' },
      way: async () => ({ account: 'a', sender: world.senders.now }),
      encryptionKey: async () => ({ fingerprint: 'KEY-klinik-1', keyIds: ['id-of-KEY-klinik-1'] }),
      recipientsOf: async () => recipients,
      onAccount: () => {},
      onTooLarge: () => done('discarded'),
      onMoved: () => {},
    });
    await pass(world, run(world.store, world.clock, [world.seal, send] as unknown as Station[]));
    expect(world.sent).toEqual([]);
    expect(world.part()).toMatchObject({ state: 'held', code: 'send-wrong-recipient' });
  });

  test('F25: the key is replaced while the mail waits: sealed anew for the new one, never sent for the old', async () => {
    const world = post({ items: 2 });
    world.world.answer = () => fails('transport-refused-later');
    const conveyor = world.start();
    await pass(world, conveyor);
    world.keys.set('klinik', 'KEY-klinik-2');
    world.sent.length = 0;
    world.world.answer = () => accepted;
    await pass(world, conveyor, 60_000);
    expect(world.sent.map(({ content }) => content.split(' ')[0])).toEqual(['KEY-klinik-2', 'KEY-klinik-2']);
    for (const part of world.parts()) expect(part).toMatchObject({ state: 'sent', sealings: 2 });
  });

  test.each(['pgp-key-expired', 'pgp-key-revoked'] as const)(
    'F25: %s while the mail waits: nothing leaves for it; released, it is sealed anew for the key that came',
    async (code) => {
      const world = post();
      world.world.answer = () => fails('transport-refused-later');
      const conveyor = world.start();
      await pass(world, conveyor);
      world.sent.length = 0;
      world.world.answer = () => accepted;
      world.world.keyFault = code;
      await pass(world, conveyor, 60_000);
      expect(world.part()).toMatchObject({ state: 'held', code });
      world.world.keyFault = null;
      world.keys.set('klinik', 'KEY-klinik-2');
      const now = () => world.clock.now();
      release(world.store, world.part().id, {
        by: 'anna',
        now,
        steady: now,
        owe: () => {},
        confirmWithin_ms: () => DAY_MS,
      });
      await pass(world, conveyor, 60_000);
      expect(world.sent.map(({ content }) => content.split(' ')[0])).toEqual(['KEY-klinik-2']);
      expect(world.part()).toMatchObject({ state: 'sent', sealed_for: 'KEY-klinik-2' });
    },
  );

  test('F25: also where some fragments of the old sealing have left already', async () => {
    const world = post({ fragments: 3 });
    world.world.answer = () => (world.sent.length === 2 ? fails('transport-refused-later') : accepted);
    const conveyor = world.start();
    await pass(world, conveyor);
    expect(world.part().mails_sent).toBe(1);
    world.keys.set('klinik', 'KEY-klinik-2');
    world.sent.length = 0;
    world.world.answer = () => accepted;
    await pass(world, conveyor, 60_000);
    expect(world.sent.map(({ content }) => content.split(' ')[0])).toEqual(Array(3).fill('KEY-klinik-2'));
  });
});

describe('F35: the account refuses our log-in', () => {
  test('however many mails wait: one alarm, no hammering, ever longer pauses', async () => {
    const world = post({ items: 12, partners: [testPartner()] });
    world.world.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      return fails('transport-auth-failed');
    };
    const conveyor = world.start();
    await pass(world, conveyor);
    const first = world.sent.length;
    expect(first, 'as many as were under way at once').toBeLessThanOrEqual(8);
    expect(world.alarms).toEqual(['transport-auth-failed']);
    for (const part of world.parts().filter(({ state }) => state === 'sealed')) {
      expect(part.due_ms! - world.clock.steady()).toBeLessThanOrEqual(60_000);
      expect(part.attempts).toBe(0);
    }
    await pass(world, conveyor, 59_000);
    expect(world.sent).toHaveLength(first);
    await pass(world, conveyor, 2_000);
    expect(world.sent, 'one mail tries').toHaveLength(first + 1);
    await pass(world, conveyor, 60_000);
    expect(world.sent).toHaveLength(first + 1);
    await pass(world, conveyor, 61_000);
    expect(world.sent).toHaveLength(first + 2);
    for (let hour = 0; hour < 24; hour++) await pass(world, conveyor, 3_600_000);
    expect(world.sent.length - first).toBeLessThanOrEqual(2 + 24 * (3_600_000 / lineLimits.backoff_cap_ms));
    expect(world.alarms).toEqual(['transport-auth-failed']);
    expect(world.parts().every(({ state }) => state === 'sealed')).toBe(true);
  });

  test('it works again: told once, and everything goes', async () => {
    const world = post({ items: 4 });
    world.world.answer = () => fails('transport-auth-failed');
    const conveyor = world.start();
    await pass(world, conveyor);
    world.world.answer = () => accepted;
    await pass(world, conveyor, 61_000);
    await pass(world, conveyor, 121_000);
    expect(world.parts().map(({ state }) => state)).toEqual(['sent', 'sent', 'sent', 'sent']);
    expect(world.alarms).toEqual(['transport-auth-failed', null]);
  });

  test('a new password (a new sender) is tried by the next mail, without waiting for the pause', async () => {
    const world = post({ items: 1 });
    world.world.answer = () => fails('transport-auth-failed');
    const conveyor = world.start();
    await pass(world, conveyor);
    world.senders.now = world.newSender();
    world.world.answer = () => accepted;
    world.store.parts.move(world.part().id, { state: 'sealed', due_ms: world.clock.steady() }, world.clock.now());
    await pass(world, conveyor);
    expect(world.part().state).toBe('sent');
    expect(world.alarms).toEqual(['transport-auth-failed', null]);
  });

  test('another account is not held up', async () => {
    const world = post({ items: 1, partners: [testPartner(), testPartner({ id: 'praxis' })] });
    const other = addConsignment(world.store, { partnerId: 'praxis', studyUid: '1.2.9' });
    const [second] = addParts(world.store, other.consignment.id);
    world.world.account = ({ id }) => id;
    world.world.answer = ({ to }) => (to.includes('klinik') ? fails('transport-auth-failed') : accepted);
    await pass(world, world.start());
    expect(world.part().state).toBe('sealed');
    expect(world.store.parts.get(second!.id)!.state).toBe('sent');
  });
});

describe('answers to what we sent', () => {
  async function sentPost(items = 1) {
    const world = post({ items });
    const conveyor = world.start();
    await pass(world, conveyor);
    return { ...world, conveyor };
  }
  const tell = (world: Awaited<ReturnType<typeof sentPost>>, work: () => void) => world.store.transaction(work);

  test.each(['displayed', 'displayed/warning'] as const)('%s for every part: confirmed', async (disposition) => {
    const world = await sentPost(2);
    const [one, two] = world.parts();
    tell(world, () => world.receipts.receipt('klinik', answer(one!, disposition)));
    expect(world.consignment().state).toBe('sent');
    tell(world, () => world.receipts.receipt('klinik', answer(two!, disposition)));
    expect(world.consignment().state).toBe('confirmed');
  });

  test('F39: the receipt of another partner moves nothing', async () => {
    const world = await sentPost();
    tell(world, () => world.receipts.receipt('praxis', answer(world.part(), 'displayed')));
    tell(world, () => world.receipts.receipt('praxis', answer(world.part(), 'deleted')));
    expect(world.part().state).toBe('sent');
  });

  test('F39: a receipt for an unknown mail, or for none, moves nothing', async () => {
    const world = await sentPost();
    const stranger = { ...answer(world.part(), 'displayed'), originalMessageId: '<stranger@b.example>' };
    tell(world, () => world.receipts.receipt('klinik', stranger));
    tell(world, () => world.receipts.receipt('klinik', { ...stranger, originalMessageId: null }));
    expect(world.part().state).toBe('sent');
  });

  test('F48: deleted/error: sealed anew under the same identity, at most three times, then refused', async () => {
    const world = await sentPost();
    const messageId = world.part().message_id;
    for (let round = 1; round <= lineLimits.resend_attempts; round++) {
      tell(world, () => world.receipts.receipt('klinik', answer(world.part(), 'deleted/error')));
      expect(world.part(), `round ${round}`).toMatchObject({ state: 'planned', code: 'confirm-refused' });
      expect(world.consignment().state).toBe('packed');
      await pass(world, world.conveyor, 60_000);
      expect(world.part()).toMatchObject({ state: 'sent', sealings: round + 1, message_id: messageId });
    }
    tell(world, () => world.receipts.receipt('klinik', answer(world.part(), 'deleted/error')));
    expect(world.part().state).toBe('refused');
    expect(world.consignment()).toMatchObject({ state: 'refused', code: 'confirm-refused' });
  });

  test('deleted: refused for good; a later positive receipt (released there by a person) still confirms', async () => {
    const world = await sentPost();
    tell(world, () =>
      world.receipts.receipt('klinik', { ...answer(world.part(), 'deleted'), code: 'admit-two-patients' }),
    );
    expect(world.consignment().state).toBe('refused');
    expect(world.consignment().reason).toContain('admit-two-patients');
    tell(world, () => world.receipts.receipt('klinik', answer(world.part(), 'displayed')));
    expect(world.consignment()).toMatchObject({ state: 'confirmed', code: null });
  });

  test('a receipt twice changes nothing', async () => {
    const world = await sentPost();
    for (const disposition of ['displayed', 'displayed', 'deleted', 'deleted/error'] as const) {
      tell(world, () => world.receipts.receipt('klinik', answer(world.part(), disposition)));
      expect(world.part().state).toBe('confirmed');
    }
  });

  test.each([
    ['failed', 'refused'],
    ['delayed', 'sent'],
    ['delivered', 'sent'],
  ] as const)('F39: a bounce that says "%s": %s', async (action, state) => {
    const world = await sentPost();
    const report = {
      ...{ originalMessageId: world.part().message_id, recipient: 'dicom@klinik.example', action },
      ...{ status: '5.1.1', diagnostic: 'smtp; 550 no such user' },
    };
    tell(world, () => world.receipts.bounced([report]));
    expect(world.part().state).toBe(state);
    if (state === 'refused') expect(world.consignment()).toMatchObject({ code: 'confirm-bounced', state: 'refused' });
  });

  test.each([
    ['displayed', 'confirmed'],
    ['deleted', 'refused'],
    ['deleted/error', 'planned'],
  ] as const)(
    'F33: the answer "%s" outruns our own commit: %s, and our commit does no harm',
    async (disposition, state) => {
      const world = post();
      let release = (_: SendResult) => {};
      world.world.answer = () =>
        new Promise((resolve) => {
          release = resolve;
        });
      const conveyor = world.start();
      await eventually(() => expect(world.sent).toHaveLength(1));
      world.store.transaction(() => world.receipts.receipt('klinik', answer(world.part(), disposition)));
      expect(world.part().state).toBe(state);
      release(accepted);
      await pass(world, conveyor);
      expect(world.part().state).toBe(state);
    },
  );

  test('F48: sealed anew while the old bytes are still on their way: what becomes of those does not count for the new', async () => {
    const world = post();
    const release: ((result: SendResult) => void)[] = [];
    world.world.answer = () => new Promise((resolve) => release.push(resolve));
    const conveyor = world.start();
    await eventually(() => expect(world.sent).toHaveLength(1));
    world.store.transaction(() => world.receipts.receipt('klinik', answer(world.part(), 'deleted/error')));
    world.clock.advance(60_000);
    await eventually(() => {
      conveyor.wake();
      expect(world.sent, 'the new sealing leaves beside the old').toHaveLength(2);
    });
    release[0]!(accepted);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(world.part()).toMatchObject({ state: 'sealed', sealings: 2, mails_sent: 0 });
    release[1]!(accepted);
    await pass(world, conveyor);
    expect(world.part()).toMatchObject({ state: 'sent', mails_sent: 1 });
  });
});
