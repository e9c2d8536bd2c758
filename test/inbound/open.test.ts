import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isForBox } from '../../src/inbound/collect.ts';
import { Headers } from '../../src/mail/headers.ts';
import { rawDatabase } from '../support/store.ts';
import { classic, image, inbox } from './world.ts';

const one = () => classic([image(1)])[0]!;
const mailRows = (folder: string) =>
  rawDatabase(folder).prepare('SELECT * FROM mail ORDER BY rowid').all() as {
    state: string;
    code: string;
    path: string;
  }[];

describe('collect', () => {
  test('F42: when it has taken a mail, file and row are there; the row knows the mailbox key', async () => {
    const { store, folder, take } = inbox();
    const path = join(folder, 'spool', 'inbox', 'a.eml');
    writeFileSync(path, 'mail');
    await take.take({
      ...{ source: 'imap', mailboxKey: '77:1', messageId: '<a@b.example>', path, sizeBytes: 4, sha256: 'a'.repeat(64) },
    });
    expect(store.mails.knowsMailboxKey('77:1')).toBe(true);
    expect(store.mails.knowsMailboxKey('78:1')).toBe(false);
    expect(mailRows(folder)[0]).toMatchObject({ state: 'collected', path: 'spool/inbox/a.eml' });
  });

  test('F42: a mail whose file is gone is not recorded, so it stays on the server', async () => {
    const { folder, take } = inbox();
    const path = join(folder, 'spool', 'inbox', 'missing.eml');
    const mail = { mailboxKey: null, messageId: null, path, sizeBytes: 4, sha256: 'a'.repeat(64) };
    await expect(take.take({ source: 'smtp', ...mail })).rejects.toThrow('ENOENT');
    expect(mailRows(folder)).toEqual([]);
  });

  test('F42: a row that cannot be written leaves no file behind', async () => {
    const { folder, take } = inbox();
    const path = join(folder, 'spool', 'inbox', 'b.eml');
    writeFileSync(path, 'mail');
    const mail = { mailboxKey: null, messageId: null, path, sizeBytes: 'x' as never, sha256: 'a'.repeat(64) };
    await expect(take.take({ source: 'smtp', ...mail })).rejects.toThrow();
    expect(existsSync(path)).toBe(false);
  });

  test('a mail without a Message-ID is known by its content', async () => {
    const { folder, take } = inbox();
    const path = join(folder, 'spool', 'inbox', 'c.eml');
    writeFileSync(path, 'mail');
    await take.take({ source: 'smtp', mailboxKey: null, messageId: null, path, sizeBytes: 4, sha256: 'f'.repeat(64) });
    expect(mailRows(folder)[0]).toMatchObject({ message_id: `<${'f'.repeat(64)}@no-message-id.invalid>` });
  });

  test.each<[string, string, string, boolean]>([
    ['a DICOM e-mail of anybody', 'x@stranger.example', 'X-TELEMEDICINE-SETID: 1\r\nContent-Type: text/plain', true],
    ['an encrypted mail of a partner', 'dicom@klinik.example', 'Content-Type: multipart/encrypted; boundary=a', true],
    ['an encrypted mail of a stranger', 'x@stranger.example', 'Content-Type: multipart/encrypted; boundary=a', false],
    ['a receipt of a partner', 'dicom@klinik.example', 'Content-Type: Multipart/Signed; boundary=a', true],
    ['a fragment of a partner', 'dicom@klinik.example', 'Content-Type: message/partial; id=a; number=1', true],
    ['a bounce', 'mailer-daemon@mail.example', 'Content-Type: multipart/report; report-type=delivery-status', true],
    ['a plain mail of a partner', 'dicom@klinik.example', 'Content-Type: text/plain', false],
    ['an invoice', 'x@stranger.example', 'Content-Type: multipart/mixed; boundary=a', false],
    ['a newsletter', 'x@stranger.example', 'Content-Type: multipart/alternative; boundary=a', false],
    ['a mail without a type', 'dicom@klinik.example', 'Subject: Hallo', false],
  ])('F58: %s from %s: taken or left alone by its header', (_, from, head, expected) => {
    const headers = new Headers(Buffer.from(`From: ${from}\r\n${head}\r\n\r\n`) as never);
    expect(isForBox(headers, { isPartner: (address) => address === 'dicom@klinik.example', from })).toBe(expected);
  });
});

describe('open', () => {
  test('F51: a sender that is no partner: quarantined, the file kept, nobody answered', async () => {
    const box = inbox();
    await box.receive({ ...one(), from: 'stranger' });
    expect(mailRows(box.folder)[0]).toMatchObject({ state: 'quarantined', code: 'open-sender-unknown' });
    expect(box.files('inbox')).toHaveLength(1);
    expect(box.answered).toEqual([]);
  });

  test.each(['pgp-unsigned', 'pgp-signer-unknown', 'pgp-signature-wrong', 'open-not-for-us', 'pgp-bomb'] as const)(
    'F51/F52/F55: %s: quarantined, nothing delivered, and the sender told nothing that a forger could use',
    async (damaged) => {
      const box = inbox();
      await box.receive({ ...one(), damaged });
      expect(mailRows(box.folder)[0]).toMatchObject({ state: 'quarantined', code: damaged });
      expect(box.answered).toEqual([]);
      expect(box.delivered).toEqual([]);
      expect(box.files('work')).toEqual([]);
    },
  );

  test.each(['pgp-integrity-failed', 'pgp-truncated', 'pgp-crc-mismatch', 'mail-base64-broken'] as const)(
    'F48: %s: quarantined, and the sender asked to send it again; what comes then completes the set',
    async (damaged) => {
      const box = inbox();
      const [first, second] = classic([image(1), image(2)]);
      await box.receive(second!, { ...first!, damaged });
      expect(box.answered).toEqual([
        { to: 'klinik', original: first!.messageId, disposition: 'deleted/error', code: damaged },
      ]);
      await box.receive(first!);
      expect(box.delivered).toHaveLength(2);
      expect(box.answered.slice(1).map(({ disposition }) => disposition)).toEqual(['displayed', 'displayed']);
    },
  );

  test('F48: without a wish for a receipt nobody is asked', async () => {
    const box = inbox();
    await box.receive({ ...one(), damaged: 'pgp-truncated', receiptTo: false });
    expect(box.answered).toEqual([]);
  });

  test('F58: what is neither ours nor a receipt is set aside and removed', async () => {
    const box = inbox();
    await box.receive({ ...one(), opens: { kind: 'other' } });
    expect(mailRows(box.folder)[0]!.state).toBe('set-aside');
    expect(box.files('inbox')).toEqual([]);
  });

  test('F28: our own key is away: mails wait, and go on by themselves when it is back', async () => {
    const box = inbox();
    box.state.ownKey = false;
    await box.receive(one());
    expect(mailRows(box.folder)[0]).toMatchObject({ state: 'collected', code: 'own-key-missing' });
    await box.pass(3_600_000);
    box.state.ownKey = true;
    await box.pass(60_000);
    expect(box.delivered).toHaveLength(1);
  });

  test('F54: a clock that cannot be right: nothing is verified until it is set', async () => {
    const box = inbox();
    box.state.clockTrusted = false;
    await box.receive(one());
    expect(mailRows(box.folder)[0]).toMatchObject({ state: 'collected', code: 'clock-untrusted' });
    box.state.clockTrusted = true;
    await box.pass(60_000);
    expect(box.delivered).toHaveLength(1);
  });

  test('a power cut took the decrypted file: the mail is opened again', async () => {
    const box = inbox();
    await box.arrive(one());
    const { store, clock } = box;
    const id = mailRows(box.folder).map((row) => (row as unknown as { id: string }).id)[0]!;
    store.mails.setSender(id, { partnerId: 'klinik', signer: 'K', signed_ms: clock.now(), receiptTo: true });
    store.mails.setOpened(id, `spool/work/${id}.mime`);
    store.mails.move(id, { state: 'opened', due_ms: clock.steady() }, clock.now());
    await box.pass();
    expect(box.delivered).toHaveLength(1);
  });

  test('F57: a mail with nothing in it: quarantined and refused for good', async () => {
    const box = inbox();
    await box.receive({ ...one(), contents: [] });
    expect(mailRows(box.folder)[0]).toMatchObject({ state: 'quarantined', code: 'unpack-nothing' });
    expect(box.answered).toEqual([
      { to: 'klinik', original: one().messageId, disposition: 'deleted', code: 'unpack-nothing' },
    ]);
    expect(box.files('work')).toEqual([]);
  });
});

test.each(['open', 'unpack'] as const)(
  'F27: the thread of "%s" dies in the middle: later again, and nothing half is left',
  async (thread) => {
    const box = inbox();
    box.state.threadDies = thread;
    await box.receive(one());
    expect(mailRows(box.folder)[0]).toMatchObject({ code: 'worker-died', attempts: 1 });
    expect(box.delivered).toEqual([]);
    await box.pass(60_000);
    expect(box.delivered).toHaveLength(1);
    expect(box.files('work')).toEqual([]);
    expect(box.files('instances')).toHaveLength(1);
  },
);

describe('answers to us', () => {
  const receipt = (signed: boolean) => ({
    ...one(),
    opens: {
      ...{ kind: 'receipt' as const, partnerId: 'klinik', signed },
      receipt: {
        ...{ disposition: 'displayed' as const, originalMessageId: '<nobody@a.example>', originalContentId: null },
        ...{ code: null, accepts: 'batch' },
      },
    },
  });

  test('F59: a receipt is never answered', async () => {
    const box = inbox();
    await box.receive({ ...receipt(true), receiptTo: true });
    expect(mailRows(box.folder)[0]!.state).toBe('done');
    expect(box.answered).toEqual([]);
  });

  test('F59: nor is one inside an encrypted mail', async () => {
    const box = inbox();
    await box.receive({ ...one(), contents: [], receipts: [receipt(true).opens.receipt], receiptTo: true });
    expect(mailRows(box.folder)[0]!.state).toBe('done');
    expect(box.answered).toEqual([]);
  });

  test('F39: an unsigned receipt is quarantined, unless the profile says otherwise', async () => {
    const strict = inbox();
    await strict.receive(receipt(false));
    expect(mailRows(strict.folder)[0]).toMatchObject({ state: 'quarantined', code: 'pgp-unsigned' });
    const loose = inbox({ partners: [{ id: 'klinik', receipts: { accept_unsigned: true } }] });
    await loose.receive(receipt(false));
    expect(mailRows(loose.folder)[0]!.state).toBe('done');
  });

  test('F76: a receipt for a mail that the ledger does not know is told: somebody else may be sending under our name', async () => {
    const box = inbox();
    await box.receive(receipt(true));
    expect(box.unknown).toEqual(['klinik <nobody@a.example>']);
  });

  test('what the partner announces in its mails is learned', async () => {
    const box = inbox();
    await box.receive(one());
    expect(box.learned).toEqual(['klinik batch']);
  });
});

test('I4: no log line names a patient', async () => {
  const box = inbox();
  await box.receive(...classic([image(1), image(2, { patient: 'TEST-0002' })]));
  await box.receive({ ...one(), damaged: 'pgp-truncated' });
  expect(JSON.stringify(box.log.lines)).not.toMatch(/Testperson|TEST-000/);
  expect(readFileSync(import.meta.filename, 'utf8')).toContain('TEST-0002');
});
