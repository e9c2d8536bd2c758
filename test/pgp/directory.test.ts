import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pgpLimits } from '../../src/core/limits.ts';
import { findKeys, namesAddress, wkdHash } from '../../src/pgp/directory.ts';
import { readPublicKeys } from '../../src/pgp/keys.ts';
import { makeCa, type TestCa } from '../support/ca.ts';
import { expectCode, makeParty, type Party } from './helpers.ts';

const NAMES = ['openpgpkey.klinik.example', 'klinik.example', 'keys.example', 'keys.openpgp.org'];
const ADDRESS = 'erika@klinik.example';
const LOCAL = `hu/${wkdHash('erika')}?l=erika`;
const WKD = { kind: 'wkd' } as const;
const SERVER = { kind: 'server', host: 'keys.example' } as const;

let folder: string;
let ca: TestCa;
let erika: Party;
let other: Party;
const server = createServer({}, (request, response) => {
  asked.push(`${request.headers.host?.split(':')[0]}${request.url}`);
  answer(request, response);
});
let asked: string[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
/** Names that the tests' DNS does not know. */
let unknown: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rohrpost-directory-'));
  ca = await makeCa(folder);
  server.setSecureContext(await ca.issue({ names: NAMES }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  [erika, other] = await Promise.all([makeParty('Erika'), makeParty('Andere')]);
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  asked = [];
  unknown = [];
  answer = (_, response) => void response.writeHead(404).end();
});

const lookup: LookupFunction = (name, options, done) => {
  if (unknown.includes(name)) return done(Object.assign(new Error(`no ${name}`), { code: 'ENOTFOUND' }), '', 4);
  if (options.all) return done(null, [{ address: '127.0.0.1', family: 4 }]);
  done(null, '127.0.0.1', 4);
};
const options = (more: object = {}) => ({
  ca: ca.caPem,
  port: (server.address() as AddressInfo).port,
  lookup,
  deadline_ms: 3_000,
  ...more,
});
const find = (wanted = ADDRESS, source: Parameters<typeof findKeys>[1] = WKD, more?: object) =>
  findKeys(wanted, source, options(more));
const sending = (bytes: Uint8Array | string) => (_: IncomingMessage, response: ServerResponse) =>
  void response.end(bytes);
const binary = (party: Party) => Buffer.from(party.pub.packets.write());
const fingerprints = async (found: ReturnType<typeof find>) => (await found).map((key) => key.info.fingerprint);

describe('web key directory', () => {
  test('the name of the file: the example of the draft', () => {
    expect(wkdHash('Joe.Doe')).toBe('iy9q119eutrkn8s1mk4r39qejnbu3n5q');
  });

  test('the advanced method comes first', async () => {
    answer = sending(binary(erika));
    expect(await fingerprints(find())).toEqual([erika.pub.info.fingerprint]);
    expect(asked).toEqual([`openpgpkey.klinik.example/.well-known/openpgpkey/klinik.example/${LOCAL}`]);
  });

  test('the direct method where the sub-domain does not exist', async () => {
    unknown = ['openpgpkey.klinik.example'];
    answer = sending(binary(erika));
    expect(await fingerprints(find())).toEqual([erika.pub.info.fingerprint]);
    expect(asked).toEqual([`klinik.example/.well-known/openpgpkey/${LOCAL}`]);
  });

  test('the direct method is not asked where the sub-domain says no', async () => {
    await expectCode(find(), 'pgp-directory-nothing');
    expect(asked).toHaveLength(1);
  });

  test('a domain that does not exist at all; an address that is none', async () => {
    unknown = ['openpgpkey.klinik.example', 'klinik.example'];
    await expectCode(find(), 'pgp-directory-failed');
    await expectCode(find('klinik.example'), 'pgp-directory-nothing');
  });
});

describe('key servers', () => {
  test('HKP by address, HKP by fingerprint, keys.openpgp.org by its own protocol', async () => {
    answer = sending(erika.pub.armored);
    const { fingerprint } = erika.pub.info;
    await find(ADDRESS, SERVER);
    await find(fingerprint.toLowerCase(), SERVER);
    await find(ADDRESS, { kind: 'server', host: 'keys.openpgp.org' });
    await find(`0x${fingerprint}`, { kind: 'server', host: 'keys.openpgp.org' });
    expect(asked).toEqual([
      'keys.example/pks/lookup?op=get&options=mr&search=erika%40klinik.example',
      `keys.example/pks/lookup?op=get&options=mr&search=0x${fingerprint}`,
      'keys.openpgp.org/vks/v1/by-email/erika%40klinik.example',
      `keys.openpgp.org/vks/v1/by-fingerprint/${fingerprint}`,
    ]);
  });

  test('several keys: those of the address only', async () => {
    answer = sending(`${other.pub.armored}\n${erika.pub.armored}`);
    expect(await fingerprints(find(ADDRESS, SERVER))).toEqual([erika.pub.info.fingerprint]);
  });

  test('another key than the fingerprint that was asked for: nothing', async () => {
    answer = sending(other.pub.armored);
    await expectCode(find(erika.pub.info.fingerprint, SERVER), 'pgp-directory-nothing');
  });
});

describe('whoever answers may lie', () => {
  test('a key of somebody else, a private key, a page of HTML, nothing at all', async () => {
    answer = sending(binary(other));
    await expectCode(find(), 'pgp-directory-nothing');
    answer = sending(erika.privateArmored);
    await expectCode(find(), 'pgp-key-is-private');
    answer = sending(Buffer.from(erika.own.packets.write()));
    await expectCode(find(), 'pgp-key-is-private');
    answer = sending('<html>Not here</html>');
    await expectCode(find(), 'pgp-key-malformed');
    answer = sending('');
    await expectCode(find(), 'pgp-key-malformed');
  });

  test('a redirect to elsewhere is not followed; an error of the server is told', async () => {
    answer = (_, response) => void response.writeHead(302, { location: 'https://keys.example/x' }).end();
    await expectCode(find(), 'pgp-directory-failed');
    answer = (_, response) => void response.writeHead(500).end();
    await expect(find()).rejects.toMatchObject({ details: { host: 'openpgpkey.klinik.example', reason: 'HTTP 500' } });
    expect(asked).toHaveLength(2);
  });

  test('an answer without end is cut off', async () => {
    let sent_bytes = 0;
    answer = (_, response) => {
      const chunk = Buffer.alloc(64 * 1024, 'a');
      const pour = () => {
        while (!response.destroyed && response.write(chunk)) sent_bytes += chunk.length;
      };
      response.on('drain', pour);
      pour();
    };
    await expectCode(find(), 'pgp-directory-failed');
    expect(sent_bytes).toBeLessThan(pgpLimits.directory_bytes + 16 * 1024 * 1024);
  });

  test('a server that never answers, and one that sends a byte now and then', async () => {
    answer = () => {};
    await expect(find(ADDRESS, WKD, { deadline_ms: 200 })).rejects.toMatchObject({
      code: 'pgp-directory-failed',
      details: { reason: 'no answer in time' },
    });
    answer = (_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('a'), 50);
      response.on('close', () => clearInterval(timer));
    };
    await expectCode(find(ADDRESS, WKD, { deadline_ms: 400 }), 'pgp-directory-failed');
  });

  test('a certificate that nobody vouches for, of another name, expired: nothing is asked', async () => {
    await expectCode(find(ADDRESS, WKD, { ca: undefined }), 'pgp-directory-failed');
    server.setSecureContext(await ca.issue({ names: ['elsewhere.example'] }));
    await expectCode(find(), 'pgp-directory-failed');
    server.setSecureContext(await ca.issue({ names: NAMES, expired: true }));
    await expectCode(find(), 'pgp-directory-failed');
    server.setSecureContext(await ca.issue({ names: NAMES }));
    expect(asked).toEqual([]);
  });
});

test('whose key it is: the address in angle brackets, or alone; capitals make no difference', () => {
  expect(namesAddress(['Erika <Erika@Klinik.example>'], ADDRESS)).toBe(true);
  expect(namesAddress(['erika@klinik.example'], ADDRESS)).toBe(true);
  expect(namesAddress(['erika@klinik.example <evil@other.example>'], ADDRESS)).toBe(false);
  expect(namesAddress(['xerika@klinik.example', 'Erika'], ADDRESS)).toBe(false);
});

test('several keys of one file: armored one after the other, binary; too many are refused', async () => {
  const both = `Unsere Schlüssel:\n${erika.pub.armored}\nund\n${other.pub.armored}`;
  const two = [erika.pub.info.fingerprint, other.pub.info.fingerprint];
  const read = async (data: Uint8Array) => (await readPublicKeys(data)).map((key) => key.info.fingerprint);
  expect(await read(Buffer.from(both))).toEqual(two);
  expect(await read(Buffer.concat([binary(erika), binary(other)]))).toEqual(two);
  await expectCode(readPublicKeys(Buffer.from(erika.pub.armored.repeat(pgpLimits.keys + 1))), 'pgp-key-several');
  await expectCode(readPublicKeys(Buffer.alloc(0)), 'pgp-key-malformed');
  await expectCode(readPublicKeys(Buffer.alloc(pgpLimits.key_characters + 1, 0x99)), 'pgp-key-malformed');
});
