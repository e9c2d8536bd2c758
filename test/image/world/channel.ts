import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { signEnvelope } from '../../../src/update/envelope.ts';
import { type ChannelIndex, INDEX_TYPE, type Release } from '../../../src/update/words.ts';
import type { IssuedCertificate, TestCa } from '../../support/ca.ts';
import { describeBundle, type Signer } from './bundles.ts';

/** An operator's update channel as a box sees it: a static folder over HTTPS, with range requests; and where reports are posted. */
export interface Channel {
  /** As the box reaches it. */
  readonly url: string;
  readonly reportUrl: string;
  /** Offers bundles to everybody, in a new index. */
  publish(bundles: readonly Offered[]): Promise<void>;
  /** Serves exactly this as the index. */
  serveIndex(text: string | Buffer): void;
  /** The index that `publish` would make. */
  sign(releases: readonly Release[], o?: { signer?: Signer; sequence?: number; made_ms?: number }): Promise<string>;
  release(bundle: Offered): Promise<Release>;
  /** Under which files are offered besides those of the index. */
  offer(name: string, file: string): string;
  /** Bytes of bundles that went out, and answers. */
  served(): { bytes: number; requests: number };
  forgetServed(): void;
  /** Nobody is there. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** From now on with this certificate; null: its own again. */
  showCertificate(certificate: IssuedCertificate | null): void;
  /** Reports that came, the latest last. */
  readonly reports: Record<string, unknown>[];
  stop(): Promise<void>;
}

/** A bundle and what the index shall say of it. */
export interface Offered extends Partial<Omit<Release, 'version' | 'bundle'>> {
  file: string;
  version: string;
  /** The bundle that a damaged one was: its manifest is announced. */
  of?: string;
}

/** Where the guest reaches loopback of the host: QEMU's user network. */
export const HOST = '10.0.2.2';
const DAY_MS = 86_400_000;
const REPORT_BYTES = 100_000;

export async function startChannel(o: { ca: TestCa; signer: Signer; product: string }): Promise<Channel> {
  const own = await o.ca.issue({ names: ['localhost'], ips: ['127.0.0.1', HOST] });
  const files = new Map<string, string>();
  const count = { bytes: 0, requests: 0 };
  const reports: Record<string, unknown>[] = [];
  let sequence = 0;
  let index: string | Buffer | null = null;
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const name = basename(new URL(request.url ?? '/', 'https://host').pathname);
    if (request.method === 'POST') {
      reports.push(JSON.parse(await textOf(request)));
      return void response.writeHead(204).end();
    }
    if (name === 'index.json' && index !== null) return void response.end(index);
    const file = files.get(name);
    if (file === undefined) return void response.writeHead(404).end();
    await serveFile(file, request, response, count);
  };
  const server = createServer({ ...own }, (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  const url = `https://${HOST}:${port}/channel/`;
  const release: Channel['release'] = async ({ file, of, version, ...more }) => {
    const bundle = basename(file);
    files.set(bundle, file);
    const notes = { de: `Version ${version}`, en: `Version ${version}` };
    const usual = { product: o.product, min_version: '0.0.1', stage: { percent: 100 }, notes };
    return { ...usual, version, bundle, ...(await describeBundle(file, of)), ...more };
  };
  const sign: Channel['sign'] = async (releases, more = {}) => {
    const made_ms = more.made_ms ?? Date.now();
    sequence = more.sequence ?? sequence + 1;
    const content: ChannelIndex = {
      ...{ format: 1, channel: 'test', sequence, made: new Date(made_ms).toISOString() },
      ...{ expires: new Date(made_ms + 14 * DAY_MS).toISOString(), releases: [...releases] },
    };
    const { cert, key } = more.signer ?? o.signer;
    const signer = { key: await readFile(key, 'utf8'), certs: await readFile(cert, 'utf8') };
    return JSON.stringify(signEnvelope(INDEX_TYPE, Buffer.from(JSON.stringify(content)), [signer]));
  };
  return {
    ...{ url, reportUrl: `https://${HOST}:${port}/report`, release, sign, reports },
    publish: async (bundles) => {
      const releases: Release[] = [];
      for (const bundle of bundles) releases.push(await release(bundle));
      index = await sign(releases);
    },
    serveIndex: (text) => {
      index = text;
    },
    offer: (name, file) => {
      files.set(name, file);
      return `${url}${name}`;
    },
    served: () => ({ ...count }),
    forgetServed: () => void Object.assign(count, { bytes: 0, requests: 0 }),
    goAway: () => close(server),
    comeBack: () => listen(server, port),
    showCertificate: (certificate) => server.setSecureContext({ ...(certificate ?? own) }),
    stop: () => close(server),
  };
}

async function serveFile(
  file: string,
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  count: { bytes: number; requests: number },
): Promise<void> {
  const { size, mtimeMs } = await stat(file);
  const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
  const start = range ? Number(range[1]) : 0;
  const end = range?.[2] ? Math.min(Number(range[2]), size - 1) : size - 1;
  if (start > end) return void response.writeHead(416, { 'content-range': `bytes */${size}` }).end();
  response.writeHead(range ? 206 : 200, {
    ...{ 'accept-ranges': 'bytes', 'content-length': end - start + 1, etag: `"${mtimeMs}-${size}"` },
    ...(range && { 'content-range': `bytes ${start}-${end}/${size}` }),
  });
  if (method === 'HEAD') return void response.end();
  count.requests++;
  const bytes = createReadStream(file, { start, end });
  bytes.on('data', (chunk) => {
    count.bytes += chunk.length;
  });
  await pipeline(bytes, response);
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > REPORT_BYTES) throw new Error('too long for a report');
  }
  return text;
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
