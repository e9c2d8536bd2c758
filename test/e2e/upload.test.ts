import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { Agent, type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { writePhantom } from '../../scripts/phantom.ts';
import { sha256 } from '../../src/core/ids.ts';
import { openDesk } from '../../src/store/desk.ts';
import { type BoxProcess, describeSite, eventually, type Site } from '../support/boxes.ts';
import { type Storescp, startStorescp } from '../support/dcmtk.ts';
import { freePort } from '../support/ports.ts';
import { dataSets, makePair, unfinished } from './pair.ts';

const SLICES = 40;
const PDF = Buffer.from('%PDF-1.4\nTestbefund für Testperson Erika\n%%EOF\n');

let root: string;
let pacs: Storescp;
let boxes: Record<string, BoxProcess> = {};

afterEach(async () => {
  for (const box of Object.values(boxes)) await box.stop();
  await pacs?.stop();
  if (root) await rm(root, { recursive: true, force: true });
});

/** A token for the API of a site, put into its desk beside the box. */
function tokenFor(site: Site): string {
  const desk = openDesk(site.folder);
  const token = `rp_${randomBytes(32).toString('base64url')}`;
  const now_ms = Date.now();
  const { id } = desk.accounts.add({
    ...{ name: 'erika', role: 'operator', language: 'de', password: '-', must_change: 0, now_ms },
  });
  desk.tokens.add({
    ...{ hash: sha256(token), account_id: id, name: 'test', role: 'operator', created_ms: now_ms },
    expires_ms: now_ms + 86_400_000,
  });
  desk.close();
  return token;
}

/** The API of a box over HTTPS; undefined where the connection broke. */
function client(port: number, token: string) {
  const agent = new Agent({ keepAlive: false, rejectUnauthorized: false });
  return (method: string, path: string, headers: RequestOptions['headers'], body: Buffer | string = '') =>
    // biome-ignore lint/suspicious/noExplicitAny: answers of several shapes
    new Promise<{ status: number; headers: any; body: any } | undefined>((resolve) => {
      const sending = request({
        ...{ host: '127.0.0.1', port, agent, method, path, timeout: 30_000 },
        headers: { authorization: `Bearer ${token}`, 'tus-resumable': '1.0.0', ...headers },
      });
      sending.on('error', () => resolve(undefined));
      sending.on('timeout', () => sending.destroy());
      sending.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => resolve(undefined));
        response.on('close', () => response.complete || resolve(undefined));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            body: text ? JSON.parse(text) : undefined,
          });
        });
      });
      sending.end(body);
    });
}

type Client = ReturnType<typeof client>;

const json = (ask: Client, path: string, body: object) =>
  ask('POST', path, { 'content-type': 'application/json' }, JSON.stringify(body));

/** Uploads a file in two pieces, whatever happens to the box between and during them. */
async function upload(ask: Client, bytes: Buffer, name: string): Promise<string> {
  const type = { 'content-type': 'application/offset+octet-stream' };
  const metadata = `filename ${Buffer.from(name).toString('base64')}`;
  for (;;) {
    const begun = await ask('POST', '/api/uploads', { 'upload-length': bytes.length, 'upload-metadata': metadata });
    if (begun?.status !== 201) {
      await delay(200);
      continue;
    }
    const url = `/api/uploads/${begun.body.id}`;
    for (;;) {
      const head = await ask('GET', url, {});
      if (head?.status === 404) break;
      if (head?.status === 200) {
        const at = Number(head.headers['upload-offset']);
        if (at === bytes.length) return begun.body.id;
        const end = at === 0 ? Math.floor(bytes.length / 2) : bytes.length;
        await ask('PATCH', url, { ...type, 'upload-offset': at }, bytes.subarray(at, end));
      } else await delay(200);
    }
  }
}

test('sent from the page over a real line: kill -9 while bytes come and while it is accepted; each image and the report arrive once, byte for byte', {
  timeout: 600_000,
}, async () => {
  root = await mkdtemp(join(tmpdir(), 'rp-upload-'));
  const phantom = join(root, 'phantom');
  await writePhantom({ folder: phantom, slices: SLICES, size: 96 });
  pacs = await startStorescp({ ae: 'PACS' });
  const share = join(root, 'share');
  await mkdir(share);
  const [a, b] = await makePair(root, {
    targets: [
      { id: 'pacs', kind: 'dicom', host: '127.0.0.1', port: pacs.port, ae_title: 'PACS' },
      { id: 'share', kind: 'folder', path: share },
    ],
  });
  const port = await freePort();
  const token = tokenFor(a);
  boxes = { a: await a.start(port), b: await b.start() };
  const describe = () => `${describeSite(a)}\n${describeSite(b)}\n${boxes.a!.log()}\n${boxes.b!.log()}`;
  const ask = client(port, token);
  const again = async () => {
    await boxes.a!.kill();
    boxes.a = await a.start(port);
  };

  // Bytes come, and in the middle of them the box dies.
  const files = (await readdir(phantom)).map((name) => join(phantom, name));
  const uploading = Promise.all(files.map(async (path, index) => upload(ask, await readFile(path), `IM${index}`)));
  await delay(150);
  await again();
  const uploads = [...(await uploading), await upload(ask, PDF, 'befund.pdf')];

  // It dies again and again while it accepts them; a person who saw no answer sends again.
  const order = { uploads, partners: ['b'], urgent: true, comment: 'Bitte um Zweitmeinung: Größe?' };
  const accepted = () => a.look((store) => store.overview.studies({ limit: 1 }).length > 0);
  let kills = 0;
  for (let patience_ms = 40; !accepted(); patience_ms *= 2) {
    const answer = json(ask, '/api/send', order);
    await Promise.race([answer, delay(patience_ms)]);
    await again();
    await answer;
    kills++;
  }
  const sent = await json(ask, '/api/send', order);
  console.log(`accepted by the last of ${kills} requests that a kill ended; asked once more: ${sent?.status}`);
  // Either the uploads are gone, or they are known.
  if (sent?.status === 404) expect(sent.body.code).toBe('upload-unknown');
  else expect(sent).toMatchObject({ status: 200, body: { studies: [{ images: 0, known: SLICES }] } });

  const drained = () => unfinished(a, b).length === 0 && b.look((store) => store.overview.studies({ limit: 1 })[0]);
  await eventually(drained, { within_ms: 120_000, describe });
  const originals = await dataSets(phantom);
  expect(originals.size).toBe(SLICES);
  expect(await dataSets(pacs.folder)).toEqual(originals);
  const rows = a.look((store) => store.overview.studies({ limit: 9 }));
  expect(rows).toHaveLength(1);
  const { items, consignments } = a.look((store) => store.lookup.ofStudy(rows[0]!.id));
  expect(items.filter(({ kind }) => kind === 'instance')).toHaveLength(SLICES);
  expect(items.filter(({ kind }) => kind !== 'instance')).toHaveLength(2);
  expect(consignments).toMatchObject([{ partner_id: 'b', state: 'confirmed', urgent: 1 }]);
  // What lies on the partner's share is what was uploaded, the report too; and the comment is legible.
  const there = await readdir(share, { recursive: true, withFileTypes: true });
  const found = there.filter((entry) => entry.isFile());
  expect(found.filter(({ name }) => name.endsWith('.dcm'))).toHaveLength(SLICES);
  expect(found.filter(({ name }) => name.endsWith('.pdf'))).toHaveLength(1);
  const bytes = await Promise.all(found.map((entry) => readFile(join(entry.parentPath, entry.name))));
  const hashes = new Set(bytes.map((one) => createHash('sha256').update(one).digest('hex')));
  for (const path of files)
    expect(hashes).toContain(
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    );
  expect(hashes).toContain(createHash('sha256').update(PDF).digest('hex'));
  expect(bytes.filter((one) => one.toString() === order.comment)).toHaveLength(1);
});
