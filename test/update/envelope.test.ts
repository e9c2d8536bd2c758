import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEnvelope, preAuthentication, signEnvelope } from '../../src/update/envelope.ts';
import { readRoots } from '../../src/update/trust.ts';
import { certificate, type Issued, makeIssuer, P384, RSA } from './signers.ts';

const TYPE = 'application/vnd.test+json';
const PAYLOAD = Buffer.from('{"hello":"ä"}');
let folder: string;
let issue: Awaited<ReturnType<typeof makeIssuer>>;
let root: Issued;
let signer: Issued;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rohrpost-envelope-'));
  issue = await makeIssuer(join(folder, 'keys'));
  root = await issue();
  signer = await issue({ by: root });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const seal = (by: Issued) =>
  Buffer.from(JSON.stringify(signEnvelope(TYPE, PAYLOAD, [{ key: by.key, certs: by.certs }])));
const open = (text: Uint8Array, roots = [root], now_ms = Date.now()) =>
  openEnvelope(text, { payloadType: TYPE, roots: roots.map(certificate), now_ms });
const codeOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return 'nothing';
};
const changed = (text: Buffer, change: (envelope: ReturnType<typeof signEnvelope>) => void) => {
  const envelope = JSON.parse(text.toString());
  change(envelope);
  return Buffer.from(JSON.stringify(envelope));
};

test('the example of the DSSE specification is encoded as it says', () => {
  const encoded = preAuthentication('http://example.com/HelloWorld', Buffer.from('hello world'));
  expect(encoded.toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
});

test.each([
  ['P-256', undefined],
  ['P-384', P384],
  ['RSA-3072', RSA(3072)],
])('%s: signed, opened, and verified by openssl alone', async (_, algorithm) => {
  const by = await issue({ by: root, ...(algorithm && { algorithm }) });
  const text = seal(by);
  expect(open(text)).toEqual(PAYLOAD);
  const { signatures } = JSON.parse(text.toString());
  const at = (name: string) => join(folder, name);
  await writeFile(at('signed'), preAuthentication(TYPE, PAYLOAD));
  await writeFile(at('sig'), Buffer.from(signatures[0].sig, 'base64'));
  await writeFile(at('public'), certificate(by).publicKey.export({ type: 'spki', format: 'pem' }));
  const digest = algorithm === P384 ? '-sha384' : '-sha256';
  const said = execFileSync('openssl', [
    'dgst',
    digest,
    '-verify',
    at('public'),
    '-signature',
    at('sig'),
    at('signed'),
  ]);
  expect(said.toString()).toContain('Verified OK');
});

test('an authority between signer and root is walked over; a second one is too many', async () => {
  const between = await issue({ by: root, kind: 'intermediate' });
  expect(open(seal(await issue({ by: between })))).toEqual(PAYLOAD);
  const deeper = await issue({ by: await issue({ by: between, kind: 'intermediate' }) });
  expect(codeOf(() => open(seal(deeper)))).toBe('update-signer-untrusted');
});

test('the root may be sent along, and one of two roots is enough', async () => {
  const other = await issue();
  const text = seal({ ...signer, certs: `${signer.certs}${root.cert}` });
  expect(open(text, [other, root])).toEqual(PAYLOAD);
  expect(codeOf(() => open(text, [other]))).toBe('update-signer-untrusted');
});

test('one byte of payload, type or signature changed: refused', () => {
  const text = seal(signer);
  const payload = changed(text, (envelope) => {
    envelope.payload = Buffer.from('{"hello":"o"}').toString('base64');
  });
  expect(codeOf(() => open(payload))).toBe('update-index-unsigned');
  const signature = changed(text, ({ signatures }) => {
    const bytes = Buffer.from(signatures[0]!.sig, 'base64');
    bytes[20]! ^= 1;
    signatures[0]!.sig = bytes.toString('base64');
  });
  expect(codeOf(() => open(signature))).toBe('update-index-unsigned');
  const type = changed(text, (envelope) => {
    envelope.payloadType = 'application/other';
  });
  expect(codeOf(() => open(type))).toBe('update-index-unreadable');
});

test('no signature at all, or the certificates of somebody else: refused', async () => {
  const none = changed(seal(signer), (envelope) => {
    envelope.signatures = [];
  });
  expect(codeOf(() => open(none))).toBe('update-index-unsigned');
  const strangersKey = await issue({ by: root });
  const swapped = changed(seal(strangersKey), ({ signatures }) => {
    signatures[0]!.certs = [signer.cert];
  });
  expect(codeOf(() => open(swapped))).toBe('update-index-unsigned');
});

test('the second of two signatures may be the good one, while a signer is changed', async () => {
  const stranger = await issue({ by: await issue() });
  const two = signEnvelope(TYPE, PAYLOAD, [stranger, signer]);
  expect(open(Buffer.from(JSON.stringify(two)))).toEqual(PAYLOAD);
});

test.each<[string, () => Promise<Issued>]>([
  ['of another root', async () => issue({ by: await issue() })],
  ['that has expired', () => issue({ by: root, days: -1 })],
  ['that is a web server', () => issue({ by: root, kind: 'server' })],
  ['that is an authority', () => issue({ by: root, kind: 'intermediate' })],
  ['of a kind of key that we do not use', () => issue({ by: root, algorithm: ['-newkey', 'ed25519'] })],
  ['that another signer issued', () => issue({ by: signer })],
  [
    'that an expired authority issued',
    async () => issue({ by: await issue({ by: root, kind: 'intermediate', days: -1 }) }),
  ],
])('a signer %s: refused', async (_, make) => {
  const by = await make();
  expect(codeOf(() => open(seal(by)))).toBe('update-signer-untrusted');
});

test('a signer of RSA-2048: neither signs nor is believed', async () => {
  const weak = await issue({ by: root, algorithm: RSA(2048) });
  expect(codeOf(() => seal(weak))).toBe('update-signer-untrusted');
  const borrowed = changed(seal(signer), ({ signatures }) => {
    signatures[0]!.certs = [weak.cert];
  });
  expect(codeOf(() => open(borrowed))).toBe('update-signer-untrusted');
});

test('a key that is not its certificate’s does not sign', () => {
  expect(codeOf(() => signEnvelope(TYPE, PAYLOAD, [{ key: root.key, certs: signer.certs }]))).toBe(
    'update-signer-untrusted',
  );
});

test('tomorrow’s signer is not yet, and a signer of last year is no longer believed', () => {
  const text = seal(signer);
  expect(codeOf(() => open(text, [root], Date.now() - 2 * 86_400_000))).toBe('update-signer-untrusted');
  expect(codeOf(() => open(text, [root], Date.now() + 40 * 86_400_000))).toBe('update-signer-untrusted');
});

test.each([
  ['no JSON', 'hello'],
  ['a list', '[]'],
  ['nothing', 'null'],
  ['no text', Buffer.from([0xff, 0xfe, 0x00])],
  ['numbers for texts', '{"payloadType":1,"payload":2,"signatures":[]}'],
  [
    'base64 that two readers read differently',
    '{"payloadType":"application/vnd.test+json","payload":"eyJ9 Cg","signatures":[]}',
  ],
  [
    'a hundred signatures',
    JSON.stringify({ payloadType: TYPE, payload: '', signatures: Array(100).fill({ sig: '', certs: [] }) }),
  ],
  [
    'a certificate of a megabyte',
    JSON.stringify({ payloadType: TYPE, payload: '', signatures: [{ sig: '', certs: ['x'.repeat(500_000)] }] }),
  ],
  ['two megabytes', ' '.repeat(2_000_000)],
])('an envelope that is %s: said to be unreadable', (_, text) => {
  expect(codeOf(() => open(Buffer.from(text)))).toBe('update-index-unreadable');
});

test('what is no certificate is no reason to fall over', () => {
  const text = changed(seal(signer), ({ signatures }) => {
    signatures[0]!.certs = ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'];
  });
  expect(codeOf(() => open(text))).toBe('update-signer-untrusted');
});

test('roots are read from several files; a missing one and an empty one are said', async () => {
  const other = await issue();
  const [one, two, empty] = ['one.pem', 'two.pem', 'empty.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(one, `Some words\n${root.cert}`);
  await writeFile(two, other.cert);
  await writeFile(empty, '');
  expect(readRoots(`${one}:${two}`)).toHaveLength(2);
  expect(codeOf(() => readRoots(empty))).toBe('update-no-trust');
  expect(codeOf(() => readRoots(join(folder, 'missing.pem')))).toBe('update-no-trust');
});
