import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A plain web server for a folder, as any would do: GET and HEAD, ETag, ranges. It counts what it is asked for. */
export interface StaticWeb {
  url: string;
  /** Requests for files, by name. */
  readonly requests: Map<string, number>;
  /** Answered 304: nothing was sent. */
  notModified: number;
  /** Of bodies. */
  sent_bytes: number;
  onRequest: (name: string, method: string) => void;
  stop(): Promise<void>;
}

export async function startStaticWeb(folder: string, tls: { cert: string; key: string }): Promise<StaticWeb> {
  const files = new Map<string, { mtime_ms: number; bytes: Buffer; etag: string }>();
  const read = async (name: string) => {
    const { mtimeMs: mtime_ms } = await stat(join(folder, name));
    const known = files.get(name);
    if (known?.mtime_ms === mtime_ms) return known;
    const bytes = await readFile(join(folder, name));
    const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`;
    const file = { mtime_ms, bytes, etag };
    files.set(name, file);
    return file;
  };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const name = (request.url ?? '/').slice(1);
    web.requests.set(name, (web.requests.get(name) ?? 0) + 1);
    web.onRequest(name, request.method!);
    const file = /^[\w.+-]+$/.test(name) ? await read(name).catch(() => null) : null;
    if (!file) return void response.writeHead(404).end();
    if (request.headers['if-none-match'] === file.etag) {
      web.notModified++;
      return void response.writeHead(304, { etag: file.etag }).end();
    }
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const start = Number(from ?? 0);
    const end = to ? Math.min(Number(to) + 1, file.bytes.length) : file.bytes.length;
    const body = file.bytes.subarray(start, end);
    const range = from === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${file.bytes.length}` };
    const headers = { etag: file.etag, 'content-length': body.length, 'accept-ranges': 'bytes', ...range };
    response.writeHead(from === undefined ? 200 : 206, headers);
    if (request.method === 'HEAD') return void response.end();
    web.sent_bytes += body.length;
    response.end(body);
  };
  const server = createServer(tls, (request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const web: StaticWeb = {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests: new Map(),
    ...{ notModified: 0, sent_bytes: 0, onRequest: () => {} },
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return web;
}
