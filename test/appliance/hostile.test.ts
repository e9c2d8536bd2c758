import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkRequest } from '../../src/appliance/caretaker/requests.ts';
import { applianceLimits as limits } from '../../src/core/appliance-limits.ts';
import { type Caretaker, openCaretaker } from '../support/caretaker.ts';

let caretaker: Caretaker;

beforeAll(async () => {
  caretaker = await openCaretaker();
});

afterAll(() => caretaker.close());

/** What a peer hears that writes these bytes and hangs up its side, or does not. */
function say(bytes: string, { hangUp = false } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect({ path: caretaker.socket, allowHalfOpen: true }, () => {
      if (hangUp) socket.end(bytes);
      else socket.write(bytes);
    });
    socket.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
    });
    socket.once('end', () => {
      socket.end();
      resolve(heard);
    });
    // A pipe broken because the caretaker has stopped to read is part of the game.
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? null : reject(error)));
    socket.setTimeout(30_000, () => socket.destroy(new Error('nothing heard')));
  });
}

const network = { act: 'network', mode: 'static', address: '192.0.2.10/24', gateway: '192.0.2.1', dns: [] as string[] };
const install = { act: 'install', bundle: 'https://updates.example/a.raucb' };
const PEM = '-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n';

/** Requests that must be refused, and the field that is named. */
const REFUSED: Record<string, [request: unknown, field: string]> = {
  'no object': [['state'], 'request'],
  null: [null, 'request'],
  'no act': [{}, 'act'],
  'an unknown act': [{ act: 'shell' }, 'act'],
  'an act of the language': [{ act: 'constructor' }, 'act'],
  'an act that is a list': [{ act: ['state'] }, 'act'],
  'a field too many': [{ act: 'reboot', force: true }, 'force'],
  'a field too many in a network': [{ act: 'network', mode: 'dhcp', address: '192.0.2.10/24' }, 'address'],
  'an option for a host name': [{ act: 'hostname', name: '--help' }, 'name'],
  'a host name of two lines': [{ act: 'hostname', name: 'box\nroot' }, 'name'],
  'a host name with a line end': [{ act: 'hostname', name: 'box\n' }, 'name'],
  'a path for a host name': [{ act: 'hostname', name: '../../etc' }, 'name'],
  'a host name of 64 letters': [{ act: 'hostname', name: 'a'.repeat(64) }, 'name'],
  'an empty host name': [{ act: 'hostname', name: '' }, 'name'],
  'a host name that is a number': [{ act: 'hostname', name: 7 }, 'name'],
  'a mode nobody knows': [{ act: 'network', mode: 'bridge' }, 'mode'],
  'an address without length': [{ ...network, address: '192.0.2.10' }, 'address'],
  'an address of length 0': [{ ...network, address: '192.0.2.10/0' }, 'address'],
  'an address of length 33': [{ ...network, address: '192.0.2.10/33' }, 'address'],
  'an address with a line of its own': [{ ...network, address: '192.0.2.10/24\nDNS=203.0.113.1' }, 'address'],
  'an address with two lengths': [{ ...network, address: '192.0.2.10/24/8' }, 'address'],
  'a zone in an address': [{ ...network, address: 'fe80::1%eth0/64' }, 'address'],
  'our own address': [{ ...network, address: '127.0.0.1/8', gateway: null }, 'address'],
  'everybody’s address': [{ ...network, address: '224.0.0.1/24', gateway: null }, 'address'],
  'a gateway elsewhere': [{ ...network, gateway: '198.51.100.1' }, 'gateway'],
  'a gateway of the other family': [{ ...network, gateway: 'fe80::1' }, 'gateway'],
  'ourselves as gateway': [{ ...network, gateway: '192.0.2.10' }, 'gateway'],
  'no word about a gateway': [{ act: 'network', mode: 'static', address: '192.0.2.10/24', dns: [] }, 'gateway'],
  'a name server by name': [{ ...network, dns: ['dns.example'] }, 'dns'],
  'five name servers': [{ ...network, dns: ['::1', '::2', '::3', '::4', '::5'] }, 'dns'],
  'a search domain of two lines': [{ ...network, search: ['a.example\nGateway=203.0.113.1'] }, 'search'],
  'an option for a time server': [{ act: 'time', servers: ['-x.example'] }, 'servers'],
  'two time servers in one': [{ act: 'time', servers: ['a.example b.example'] }, 'servers'],
  'nine time servers': [{ act: 'time', servers: Array.from({ length: 9 }, (_, n) => `t${n}.example`) }, 'servers'],
  'a hundred ports': [{ act: 'ports', tcp: Array.from({ length: 100 }, (_, n) => n + 1) }, 'tcp'],
  'port 0': [{ act: 'ports', tcp: [0] }, 'tcp'],
  'port 65536': [{ act: 'ports', tcp: [65_536] }, 'tcp'],
  'half a port': [{ act: 'ports', tcp: [104.5] }, 'tcp'],
  'a port as text': [{ act: 'ports', tcp: ['104; flush ruleset'] }, 'tcp'],
  'a port twice': [{ act: 'ports', tcp: [104, 104] }, 'tcp'],
  'an option for a bundle': [{ act: 'install', bundle: '--help' }, 'bundle'],
  'a bundle beside the working folder': [{ act: 'install', bundle: 'a.raucb' }, 'bundle'],
  'a bundle without encryption': [{ act: 'install', bundle: 'http://updates.example/a.raucb' }, 'bundle'],
  'a bundle as file address': [{ act: 'install', bundle: 'file:///etc/shadow' }, 'bundle'],
  'a password in an address': [{ act: 'install', bundle: 'https://me:secret@updates.example/a.raucb' }, 'bundle'],
  'an address of 3,000 characters': [{ act: 'install', bundle: `https://a.example/${'a'.repeat(3_000)}` }, 'bundle'],
  'a checksum of capitals': [{ ...install, manifestSha256: 'A'.repeat(64) }, 'manifestSha256'],
  'a checksum of what nobody holds': [{ ...install, sha256: 'a'.repeat(64) }, 'sha256'],
  'a key for certificates': [{ ...install, tlsCa: PEM.replaceAll('CERTIFICATE', 'PRIVATE KEY') }, 'tlsCa'],
  'a certificate that is none': [{ ...install, tlsCa: PEM }, 'tlsCa'],
  'certificates for a file': [{ act: 'install', bundle: '/x.raucb', tlsCa: PEM }, 'tlsCa'],
  'a recovery key that is none': [{ act: 'unlock', key: 'aaaaaaaa-'.repeat(8) }, 'key'],
};

test.each(Object.entries(REFUSED))('refused: %s', (_, [request, field]) => {
  const refusal = expect.objectContaining({ code: 'appliance-refused', details: expect.objectContaining({ field }) });
  expect(() => checkRequest(JSON.stringify(request))).toThrow(refusal);
});

test('what is meant well is taken as it is', () => {
  const good = [
    network,
    { ...network, gateway: null },
    { ...network, address: '2001:db8::10/64', gateway: 'fe80::1', dns: ['2001:db8::53'], search: ['a.example'] },
    { act: 'network', mode: 'dhcp' },
    { act: 'time', servers: [] },
    { act: 'ports', tcp: [] },
    { act: 'install', bundle: '/var/lib/rohrpost/update/a.raucb', sha256: 'a'.repeat(64) },
    { act: 'install', bundle: 'https://[2001:db8::1]:8443/a.raucb?x=1', manifestSha256: 'a'.repeat(64) },
  ];
  for (const request of good) expect(checkRequest(JSON.stringify(request))).toEqual(request);
});

test('a request is answered over the socket as it is refused, and changes nothing', async () => {
  const heard = await say('{"act":"hostname","name":"--help"}\n');
  expect(JSON.parse(heard)).toEqual({
    error: {
      code: 'appliance-refused',
      reason: expect.any(String),
      details: { field: 'name', reason: expect.any(String) },
    },
  });
  expect([caretaker.calls(), caretaker.get('data/hostname')]).toEqual([[], null]);
});

test.each([
  ['no JSON', 'rm -rf /\n'],
  ['bytes', '\xff\xfe\0\n'],
  ['nothing but a line end', '\n'],
])('%s is answered', async (_, bytes) => {
  expect(JSON.parse(await say(bytes))).toMatchObject({ error: { code: 'appliance-refused' } });
});

test('a peer that hangs up after half a line ends its caretaker, and hears why', async () => {
  const heard = await say('{"act":"reboot"}', { hangUp: true });
  expect(JSON.parse(heard)).toMatchObject({
    error: { code: 'appliance-refused', details: { reason: 'it broke off' } },
  });
  await expect.poll(() => caretaker.running()).toBe(0);
  expect(caretaker.calls()).toEqual([]);
});

test('a line without end is not read to its end', async () => {
  const heard = await say('x'.repeat(limits.request_bytes + 1));
  expect(JSON.parse(heard)).toMatchObject({ error: { details: { reason: 'too long' } } });
});

test('only the first of two requests on one connection is done', async () => {
  const heard = await say('{"act":"recovery-key"}\n{"act":"reboot"}\n');
  expect(heard).toBe('{"done":{"key":null}}\n');
  expect(caretaker.calls()).toEqual([]);
});

test('a peer that says nothing keeps its caretaker for a few seconds only', async () => {
  expect(JSON.parse(await say('{"act":'))).toMatchObject({ error: { code: 'timed-out' } });
  await expect.poll(() => caretaker.running()).toBe(0);
});
