import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/core/ids.ts';
import { armorStream } from '../../src/pgp/armor.ts';
import { sealCfb } from '../../src/pgp/cfb.ts';
import type { PublicKey } from '../../src/pgp/keys.ts';
import { packet, streamedPacket, tags } from '../../src/pgp/packets.ts';
import { sealStream } from '../../src/pgp/seal.ts';
import { sealSessionKey } from '../../src/pgp/session-keys.ts';
import { usablePart } from '../../src/pgp/usability.ts';
import { eventually } from '../support/boxes.ts';
import { storescu } from '../support/dcmtk.ts';
import {
  encryptedMail,
  fragmentsOf,
  innerEntity,
  plainMail,
  receiptEntity,
  type SetFieldTexts,
  signedEntity,
  signedMail,
} from '../support/handmade-mail.ts';
import { newUid } from '../support/instances.ts';
import { python } from '../support/python.ts';
import {
  dicomPart,
  expectTexts,
  fromNord,
  instance,
  type MailWorld,
  NORD,
  newMessageId,
  OURS,
  PATIENTS,
  SUED,
  sha256Of,
  startMailWorld,
  WEST,
} from './mail-world.ts';

// What strangers, bad luck and bad people post to a box. After each: a good mail still gets through, and the target holds
// what was rightly delivered since the box started, each once, and nothing else.

let world: MailWorld;
/** SHA-256 of everything that ought to be in the target by now. */
const due: string[] = [];

beforeAll(async () => {
  world = await startMailWorld();
});
afterAll(() => world?.stop());

afterEach(async () => {
  if (world.box.process.exitCode !== null) return;
  const good = instance();
  const { bytes } = await world.mail([dicomPart(good)], { fields: [newId(), 1, 1] });
  await world.post(bytes);
  await expectDelivered(good);
});

/** These files reach the target now, each once, and nothing else does. */
async function expectDelivered(...files: readonly Buffer[]): Promise<void> {
  due.push(...files.map(sha256Of));
  await eventually(async () => (await world.delivered()).length >= due.length, {
    within_ms: 20_000,
    describe: world.describe,
  });
  expect(await world.delivered()).toEqual(due.sort());
}

/** The answer that nord got for a mail. */
async function answerTo(messageId: string) {
  return eventually(async () => (await world.answers(messageId)).at(-1), {
    within_ms: 20_000,
    describe: world.describe,
  });
}

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* sourceOf(...chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

const armored = (message: Buffer) => bytesOf(armorStream(sourceOf(message)));

/** Sealed as our own boxes do. */
async function sealAsWest(inner: Buffer, o: { to?: PublicKey; nowMs?: number } = {}): Promise<Buffer> {
  const { to = world.boxKey, nowMs = Date.now() } = o;
  return armored(await bytesOf(sealStream(sourceOf(inner), { to, signer: world.west, nowMs })));
}

/** Packets encrypted to the box by nobody in particular. */
async function encryptToBox(...packets: readonly Buffer[]): Promise<Buffer> {
  const sessionKey = Buffer.alloc(32, 7);
  const { keyId } = usablePart(world.boxKey, 'encrypt', Date.now(), false);
  const head = await sealSessionKey(sessionKey, world.boxKey, keyId, null);
  const body = streamedPacket(tags.encrypted, sealCfb(sourceOf(...packets), sessionKey));
  return armored(Buffer.concat([head, await bytesOf(body)]));
}

const zlibPacket = (bytes: Buffer) => packet(tags.compressed, Buffer.concat([Buffer.from([2]), deflateSync(bytes)]));

describe('who signed', () => {
  test('F51: encrypted, but not signed', async () => {
    const id = newMessageId();
    const args = ['--armor', '--trust-model', 'always', '--recipient', world.site.fingerprint, '--encrypt'];
    const { stdout } = await world.gnupg.run(args, innerEntity([dicomPart(instance())]));
    await world.post(encryptedMail(stdout, fromNord(id)));
    await world.quarantined(id, 'pgp-unsigned');
    expect(await world.answers(id)).toEqual([]);
  });

  test('F51: signed by a key that nobody pinned', async () => {
    const id = newMessageId();
    await world.post(
      encryptedMail(await world.seal(innerEntity([dicomPart(instance())]), world.keys.unknown), fromNord(id)),
    );
    await world.quarantined(id, 'pgp-signer-unknown');
    expect(await world.answers(id)).toEqual([]);
  });

  test('F51: signed by one partner, From another', async () => {
    const id = newMessageId();
    await world.post(
      encryptedMail(await world.seal(innerEntity([dicomPart(instance())]), world.keys.sued), fromNord(id)),
    );
    await world.quarantined(id, 'pgp-signer-unknown');
  });

  test('F51: a good signature, From nobody we know', async () => {
    const id = newMessageId();
    const sealed = await world.seal(innerEntity([dicomPart(instance())]));
    await world.post(encryptedMail(sealed, { ...fromNord(id), from: 'dicom@fremd.example' }));
    await world.quarantined(id, 'open-sender-unknown');
  });

  test('F51: two From fields, one of them the signer’s', async () => {
    const id = newMessageId();
    const sealed = await world.seal(innerEntity([dicomPart(instance())]));
    const envelope = { ...fromNord(id), headers: [`From: ${SUED}`] };
    await world.post(encryptedMail(sealed, envelope));
    await world.quarantined(id, 'open-sender-unknown');
  });

  test('F51: a multipart/signed inside whose signature is over other data', async () => {
    const id = newMessageId();
    const signature = await world.gnupg.signDetached(innerEntity([dicomPart(instance())]), world.keys.nord);
    const entity = signedEntity(innerEntity([dicomPart(instance())]), signature);
    const args = ['--armor', '--trust-model', 'always', '--recipient', world.site.fingerprint, '--encrypt'];
    const { stdout } = await world.gnupg.run(args, entity);
    await world.post(encryptedMail(stdout, fromNord(id)));
    await world.quarantined(id, 'pgp-signature-wrong');
  });

  test('F52: a valid mail to somebody else, encrypted anew to us', async () => {
    const id = newMessageId();
    // Sealed with the box's key, but its signature names west itself as the one it is for.
    const forwarded: PublicKey = Object.create(world.boxKey, { info: { value: world.west.info } });
    const sealed = await sealAsWest(innerEntity([dicomPart(instance())]), { to: forwarded });
    await world.post(encryptedMail(sealed, { ...fromNord(id), from: WEST }));
    await world.quarantined(id, 'open-not-for-us');
  });
});

describe('damage and repeats', () => {
  test('F48: a flipped bit in part 2 of 2: quarantined, the partner is asked for it again, and sent again it completes the set', async () => {
    const files = [instance(), instance()];
    const setId = newId();
    const [one, two] = (await Promise.all(
      files.map((file, index) => world.mail([dicomPart(file)], { fields: [setId, index + 1, 2] })),
    )) as [Awaited<ReturnType<MailWorld['mail']>>, Awaited<ReturnType<MailWorld['mail']>>];
    const sealed = await world.gnupg.encryptSign(
      innerEntity([dicomPart(files[1]!)], { fields: [setId, 2, 2] }),
      world.keys.nord,
      world.site.fingerprint,
    );
    sealed[Math.floor(sealed.length / 2)]! ^= 1;
    await world.post(one.bytes, encryptedMail(await armored(sealed), fromNord(two.messageId)));
    await world.quarantined(two.messageId, 'pgp-integrity-failed');
    expect(await answerTo(two.messageId)).toMatchObject({ disposition: 'deleted/error', code: 'pgp-integrity-failed' });
    expect(world.setState(setId)?.state).toBe('waiting');
    await world.post(two.bytes);
    await expectDelivered(...files);
    await eventually(async () => (await answerTo(two.messageId)).disposition === 'displayed', { within_ms: 20_000 });
    expect((await answerTo(one.messageId)).disposition).toBe('displayed');
  });

  test('F45: the same mail again, and the same part under another name: delivered once, answered again', async () => {
    const file = instance();
    const fields: SetFieldTexts = [newId(), 1, 1];
    const first = await world.mail([dicomPart(file)], { fields });
    const renamed = await world.mail([dicomPart(file)], { fields });
    await world.post(first.bytes);
    await expectDelivered(file);
    await answerTo(first.messageId);
    await world.post(first.bytes, renamed.bytes);
    expect((await world.end(renamed.messageId)).state).toBe('duplicate');
    expect((await world.end(first.messageId)).state).toBe('duplicate');
    expect((await answerTo(renamed.messageId)).disposition).toBe('displayed');
    await eventually(async () => (await world.answers(first.messageId)).length === 2, { within_ms: 20_000 });
    await expectDelivered();
  });

  test('F53: an old set that nobody knows waits for a person', async () => {
    const id = newMessageId();
    const inner = innerEntity([dicomPart(instance())], { fields: [newId(), 1, 1] });
    const sealed = await sealAsWest(inner, { nowMs: Date.now() - 40 * 86_400_000 });
    await world.post(encryptedMail(sealed, { ...fromNord(id), from: WEST }));
    await world.quarantined(id, 'set-replayed');
  });

  test.each([
    ['the armor is cut', (mail: string) => mail.replace(/(\r\n\S+){20}\r\n-----END PGP MESSAGE-----/, '')],
    ['the mail is cut', (mail: string) => mail.slice(0, mail.length / 2)],
    ['the last boundary is cut', (mail: string) => mail.slice(0, mail.lastIndexOf('--outer--'))],
  ])('F48: truncated, %s', async (_, cut) => {
    const { messageId, bytes } = await world.mail([dicomPart(instance())]);
    const shortened = Buffer.from(cut(bytes.toString('latin1')), 'latin1');
    expect(shortened.length).toBeLessThan(bytes.length);
    await world.post(shortened);
    await world.quarantined(messageId, ['pgp-armor-truncated', 'mail-truncated', 'pgp-truncated']);
    expect((await answerTo(messageId)).disposition).toBe('deleted/error');
  });
});

describe('too much of something', () => {
  test('F55: 128 MiB of zeros that GnuPG compressed', async () => {
    const id = newMessageId();
    const sealed = await world.seal(Buffer.alloc(128 << 20), world.keys.nord, ['--compress-algo', 'zlib', '-z', '9']);
    await world.post(encryptedMail(sealed, fromNord(id)));
    await world.quarantined(id, ['pgp-bomb', 'mail-headers-too-long']);
  });

  test('F55: a bomb in a bomb', async () => {
    const id = newMessageId();
    const literal = packet(tags.literal, Buffer.concat([Buffer.from('b\0\0\0\0\0'), Buffer.alloc(256 << 20)]));
    await world.post(encryptedMail(await encryptToBox(zlibPacket(zlibPacket(literal))), fromNord(id)));
    await world.quarantined(id, 'pgp-bomb');
  });

  test('F55: compressed within compressed within compressed', async () => {
    const id = newMessageId();
    const literal = packet(tags.literal, Buffer.from('b\0\0\0\0\0harmless'));
    await world.post(encryptedMail(await encryptToBox(zlibPacket(zlibPacket(zlibPacket(literal)))), fromNord(id)));
    await world.quarantined(id, 'pgp-nested-too-deep');
  });

  test('F55: 1,000 multiparts within each other; a header of 1 MiB: signed, and refused all the same', async () => {
    const depth = Array.from(
      { length: 1_000 },
      (_, n) => `Content-Type: multipart/mixed; boundary="b${n}"\r\n\r\n--b${n}\r\n`,
    );
    const inner: [string, string][] = [
      [`${depth.join('')}Content-Type: text/plain\r\n\r\nx\r\n`, 'mail-nested-too-deep'],
      [`X-Long: ${'x'.repeat(1 << 20)}\r\nContent-Type: text/plain\r\n\r\nx\r\n`, 'mail-headers-too-long'],
    ];
    for (const [entity, code] of inner) {
      const id = newMessageId();
      await world.post(encryptedMail(await world.seal(Buffer.from(entity)), fromNord(id)));
      await world.quarantined(id, code as 'mail-nested-too-deep');
      expect(await answerTo(id)).toMatchObject({ disposition: 'deleted', code });
    }
  });

  test('F55: an outer header of 1 MiB is refused for good, not put off for ever', async () => {
    const { messageId, bytes } = await world.mail([dicomPart(instance())]);
    const long = Buffer.concat([Buffer.from(`X-Long: ${'x'.repeat(1 << 20)}\r\n`), bytes]);
    expect(await world.tryToPost(long)).toMatch(/^55\d/);
    expect(world.row(messageId)).toBeUndefined();
  });

  test('F44: a mail larger than the listener takes is refused by its announced size', async () => {
    expect(await world.tryToPost(Buffer.from('never sent'), 9_000_000_000)).toMatch(/^552/);
  });
});

describe('not for us', () => {
  const text = 'Guten Tag,\r\n\r\nwann kommt der Befund von Geheimfall, Zoe?\r\n';
  const ordinary: [string, string, string, string[]][] = [
    ['a letter from a partner who wants a receipt', 'text/plain', text, [`Disposition-Notification-To: ${NORD}`]],
    ['spam in HTML', 'text/html', '<h1>DICOM at half price</h1><img src="http://spam.example/pixel">', []],
    ['an auto-reply', 'text/plain', 'Ich bin im Urlaub.', ['Auto-Submitted: auto-replied']],
    [
      'a mail with a ZIP',
      'multipart/mixed; boundary="x"',
      '--x\r\nContent-Type: application/zip\r\n\r\nPK\r\n--x--',
      [],
    ],
    [
      'a DICOM object that nobody sealed',
      'application/dicom',
      instance().toString('latin1'),
      [`Disposition-Notification-To: ${NORD}`],
    ],
    [
      'an S/MIME mail',
      'multipart/signed; protocol="application/pkcs7-signature"; boundary="x"',
      '--x\r\n\r\nx\r\n--x--',
      [],
    ],
    ['a multipart that never begins', 'multipart/mixed; boundary="x"', 'nothing', []],
  ];

  test.each(ordinary)('F58: %s is set aside, unopened and unanswered', async (_, type, body, headers) => {
    const id = newMessageId();
    await world.post(plainMail(type, body, { from: NORD, to: OURS, messageId: id, headers }));
    expect(await world.end(id)).toMatchObject({ state: 'set-aside', code: null });
    expect(await world.answers(id)).toEqual([]);
    await eventually(
      async () => !(await readdir(join(world.site.folder, 'spool', 'inbox'))).includes(world.row(id)!.path),
      { within_ms: 5_000 },
    );
  });
});

describe('sets that contradict themselves', () => {
  test('F57: two patients in one mail', async () => {
    const setId = newId();
    const files = PATIENTS.map((patient) => dicomPart(instance(patient)));
    await world.post((await world.mail(files, { fields: [setId, 1, 1] })).bytes);
    await setEnds(setId, 'admit-two-patients');
  });

  test('F57: two patients in two mails of one set', async () => {
    const setId = newId();
    for (const [index, patient] of PATIENTS.entries()) {
      await world.post((await world.mail([dicomPart(instance(patient))], { fields: [setId, index + 1, 2] })).bytes);
    }
    await setEnds(setId, 'admit-two-patients');
  });

  test('F14: another patient for a study that was delivered', async () => {
    const study = newUid();
    const [first, second] = PATIENTS.map((patient) => instance({ ...patient, StudyInstanceUID: study }));
    const setId = newId();
    await world.post((await world.mail([dicomPart(first!)], { fields: [newId(), 1, 1] })).bytes);
    await expectDelivered(first!);
    await world.post((await world.mail([dicomPart(second!)], { fields: [setId, 1, 1] })).bytes);
    await setEnds(setId, 'admit-patient-changed');
  });

  test('F12: other bytes under the UID of an object that was delivered', async () => {
    const uids = { StudyInstanceUID: newUid(), SeriesInstanceUID: newUid(), SOPInstanceUID: newUid() };
    const [first, second] = ['1', '2'].map((number) => instance({ ...uids, InstanceNumber: number }));
    const setId = newId();
    await world.post((await world.mail([dicomPart(first!)], { fields: [newId(), 1, 1] })).bytes);
    await expectDelivered(first!);
    await world.post((await world.mail([dicomPart(second!)], { fields: [setId, 1, 1] })).bytes);
    await setEnds(setId, 'admit-same-uid-other-bytes');
  });

  test('F49: the same part with other content: the whole set waits for a person', async () => {
    const setId = newId();
    const mails = await Promise.all(
      [1, 1, 2].map((part) => world.mail([dicomPart(instance())], { fields: [setId, part, 2] })),
    );
    for (const { bytes, messageId } of mails) {
      await world.post(bytes);
      await world.end(messageId);
    }
    await world.quarantined(mails[1]!.messageId, 'set-contradiction');
    await setEnds(setId, 'set-contradiction');
  });

  test('F50: two totals in one set', async () => {
    const setId = newId();
    const mails = await Promise.all(
      [2, 3].map((total, n) => world.mail([dicomPart(instance())], { fields: [setId, n + 1, total] })),
    );
    for (const { bytes, messageId } of mails) {
      await world.post(bytes);
      await world.end(messageId);
    }
    await world.quarantined(mails[1]!.messageId, 'set-total-differs');
    await setEnds(setId, 'set-total-differs');
  });

  test.each([
    [7, 5],
    [0, 5],
    [-1, 5],
    [1, '1000000000'],
    [1, 0],
    ['1; DROP', 5],
    ['', 5],
  ])('F50: part %s of %s', async (part, total) => {
    const setId = newId();
    const { bytes, messageId } = await world.mail([dicomPart(instance())], { fields: [setId, part, total] });
    await world.post(bytes);
    await world.quarantined(messageId, 'mail-set-fields-invalid');
    expect((await answerTo(messageId)).disposition).toBe('deleted');
    expect(world.setState(setId)).toBeUndefined();
  });

  test.each([
    ['bytes that call themselves DICOM', dicomPart(Buffer.from('no DICOM at all'.repeat(50)))],
    ['an object that was cut in its header', dicomPart(instance().subarray(0, 300))],
    ['an object without a Study Instance UID', dicomPart(instance({ StudyInstanceUID: null }))],
  ])('F57: %s', async (_, part) => {
    const { bytes, messageId } = await world.mail([part]);
    await world.post(bytes);
    await world.quarantined(messageId, 'unpack-not-dicom');
    expect(await answerTo(messageId)).toMatchObject({ disposition: 'deleted', code: 'unpack-not-dicom' });
  });

  test('F57: neither image nor document inside', async () => {
    const { bytes, messageId } = await world.mail([{ type: 'application/octet-stream', bytes: Buffer.alloc(500, 1) }]);
    await world.post(bytes);
    await world.quarantined(messageId, 'unpack-nothing');
  });
});

/** The set is in quarantine for this reason. */
async function setEnds(setId: string, code: string): Promise<void> {
  await eventually(() => world.setState(setId)?.state === 'quarantined', {
    within_ms: 20_000,
    describe: world.describe,
  });
  const set = world.setState(setId)!;
  expect(set.code).toBe(code);
  expectTexts(set.code, set.reason);
}

describe('unusual, and taken', () => {
  test('RFC 3156 §6.1: multipart/signed inside the encryption', async () => {
    const file = instance();
    const entity = innerEntity([dicomPart(file)], { fields: [newId(), 1, 1] });
    const signed = signedEntity(
      entity,
      await world.gnupg.signDetached(entity, world.keys.nord, ['--digest-algo', 'SHA512']),
    );
    const args = ['--armor', '--trust-model', 'always', '--recipient', world.site.fingerprint, '--encrypt'];
    const { stdout } = await world.gnupg.run(args, signed);
    await world.post(encryptedMail(stdout, fromNord(newMessageId())));
    await expectDelivered(file);
  });

  test('an octet stream that is DICOM; hostile file names (F56); several objects in a multipart/related', async () => {
    const study = { StudyInstanceUID: newUid(), SeriesInstanceUID: newUid() };
    const files = Array.from({ length: 4 }, () => instance(study));
    const names = ['../../etc/passwd', 'con', 'ä'.repeat(4_000), '../../etc/passwd'];
    const parts = files.map((bytes, n) => ({
      ...{ type: 'application/octet-stream', bytes },
      headers: [`Content-Disposition: attachment; filename="${names[n]}"`],
    }));
    const sealed = await world.seal(innerEntity(parts, { type: 'multipart/related' }));
    await world.post(encryptedMail(sealed, fromNord(newMessageId())));
    await expectDelivered(...files);
  });

  test('DICOM.ZIP (PS3.12 Annex W)', async () => {
    const study = { StudyInstanceUID: newUid(), SeriesInstanceUID: newUid() };
    const files = [instance(study), instance(study)];
    const zip = await python(
      `import io, sys, zipfile
out = io.BytesIO()
data = sys.stdin.buffer.read()
with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as archive:
    archive.writestr('DICOM/IM1', data[:int(sys.argv[1])])
    archive.writestr('../../IM2', data[int(sys.argv[1]):])
sys.stdout.buffer.write(out.getvalue())`,
      { args: [String(files[0]!.length)], input: Buffer.concat(files) },
    );
    const part = { type: 'application/zip; name="DICOM.ZIP"', bytes: zip };
    await world.post((await world.mail([part])).bytes);
    await expectDelivered(...files);
  });

  test('fragments (message/partial), the last first, one of them twice', async () => {
    const file = instance();
    const { bytes, messageId } = await world.mail([dicomPart(file)], { fields: [newId(), 1, 1] });
    const [one, two, three] = fragmentsOf(bytes, 3, { from: NORD, to: OURS, id: newId() });
    await world.post(three!, one!, one!, two!);
    await expectDelivered(file);
    expect((await answerTo(messageId)).disposition).toBe('displayed');
  });

  test('no set fields anywhere, in the outer header only, and other ones inside: the inner ones count', async () => {
    const files = [instance(), instance(), instance()];
    const setId = newId();
    const mails: [SetFieldTexts | undefined, SetFieldTexts | undefined][] = [
      [undefined, undefined],
      [[newId(), 1, 1], undefined],
      [
        [setId, 7, 9],
        [newId(), 1, 1],
      ],
    ];
    for (const [index, [outer, inner]] of mails.entries()) {
      const sealed = await world.seal(innerEntity([dicomPart(files[index]!)], { fields: inner }));
      await world.post(encryptedMail(sealed, fromNord(newMessageId(), outer)));
    }
    await expectDelivered(...files);
    expect(world.setState(setId)).toBeUndefined();
  });
});

describe('receipts', () => {
  /** Sends a study to nord; the Message-ID of the one mail that nord gets. */
  async function sendToNord(): Promise<string> {
    const before = new Set(world.arrived);
    const path = join(world.root, `${newId()}.dcm`);
    await writeFile(path, instance());
    await storescu({ port: world.site.dicomPort, calledAe: 'NORD', files: [path] });
    const mail = await eventually(
      async () => {
        for (const arrived of world.arrived.filter((one) => !before.has(one))) {
          const text = await readFile(arrived, 'utf8');
          if (/^Content-Type: multipart\/encrypted/m.test(text)) return text;
        }
        return undefined;
      },
      { within_ms: 20_000, describe: world.describe },
    );
    return /^Message-ID: (.*)\r$/m.exec(mail)![1]!;
  }

  const partOf = (messageId: string) => world.site.look((store) => store.parts.byMessageId(messageId))!;
  const consignmentOf = (messageId: string) =>
    world.site.look((store) => store.consignments.get(partOf(messageId).consignment_id))!;
  const reaches = (messageId: string, state: string) =>
    eventually(() => consignmentOf(messageId).state === state, { within_ms: 20_000, describe: world.describe });

  async function signedReceipt(answers: string, o: { by: string; from?: string; disposition?: string }) {
    const id = newMessageId();
    const entity = receiptEntity({ answers, disposition: o.disposition ?? 'displayed', recipient: NORD });
    const signature = await world.gnupg.signDetached(entity, o.by, ['--digest-algo', 'SHA512']);
    return { id, bytes: signedMail(entity, signature, { ...fromNord(id), from: o.from ?? NORD }) };
  }

  test('F39: forged receipts count for nothing, the true one does, and none is answered (F59)', async () => {
    const sent = await sendToNord();
    await reaches(sent, 'sent');
    const before = world.arrived.length;
    const forged = await signedReceipt(sent, { by: world.keys.unknown });
    const foreign = await signedReceipt(sent, { by: world.keys.sued, from: SUED });
    const unknown = await signedReceipt('<never-sent@klinik-b.example>', { by: world.keys.nord });
    const unsigned = newMessageId();
    const [type, body] = receiptEntity({ answers: sent, disposition: 'deleted', recipient: NORD })
      .toString()
      .split(/\r\n\r\n(.*)/s);
    await world.post(forged.bytes, foreign.bytes, unknown.bytes);
    await world.post(plainMail(type!.replace('Content-Type: ', ''), body!, fromNord(unsigned)));
    await world.quarantined(forged.id, 'pgp-signer-unknown');
    await world.quarantined(unsigned, 'pgp-unsigned');
    expect((await world.end(foreign.id)).state).toBe('done');
    expect((await world.end(unknown.id)).state).toBe('done');
    expect(consignmentOf(sent).state).toBe('sent');
    const genuine = await signedReceipt(sent, { by: world.keys.nord });
    await world.post(genuine.bytes);
    await reaches(sent, 'confirmed');
    expect(world.arrived.length).toBe(before);
  });

  test('F39: a bounce marks the consignment; somebody else’s changes nothing', async () => {
    const sent = await sendToNord();
    await reaches(sent, 'sent');
    const bounceOf = (messageId: string) => {
      const id = newMessageId();
      const body = [
        ...['--dsn', 'Content-Type: text/plain', '', 'Undeliverable.'],
        ...['--dsn', 'Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; mx.nord.example', ''],
        ...[`Final-Recipient: rfc822; ${NORD}`, 'Action: failed', 'Status: 5.1.1'],
        ...['Diagnostic-Code: smtp; 550 no such user', ''],
        ...['--dsn', 'Content-Type: text/rfc822-headers', '', `Message-ID: ${messageId}`, '', '--dsn--'],
      ].join('\r\n');
      const type = 'multipart/report; report-type=delivery-status; boundary="dsn"';
      return { id, bytes: plainMail(type, body, { from: 'MAILER-DAEMON@nord.example', to: OURS, messageId: id }) };
    };
    const other = bounceOf('<never-sent@klinik-b.example>');
    await world.post(other.bytes);
    expect((await world.end(other.id)).state).toBe('done');
    expect(consignmentOf(sent).state).toBe('sent');
    await world.post(bounceOf(sent).bytes);
    await reaches(sent, 'refused');
    const { code, reason } = consignmentOf(sent);
    expect(code).toBe('confirm-bounced');
    expect(reason).toContain('550 no such user');
    expectTexts(code, reason);
  });

  test('F39: a refusal by the partner ends the consignment with its reason', async () => {
    const sent = await sendToNord();
    await reaches(sent, 'sent');
    await world.post((await signedReceipt(sent, { by: world.keys.nord, disposition: 'deleted' })).bytes);
    await reaches(sent, 'refused');
    expectTexts(consignmentOf(sent).code, consignmentOf(sent).reason);
  });
});

test('F78: after all that no patient is in the log, no plaintext lies about, and every file has its row', async () => {
  await world.box.stop();
  await world.expectCleanEnd();
});
