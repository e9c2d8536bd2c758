import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { FleetError } from './errors.ts';
import { openPace, type Pace } from './pace.ts';
import { parseReport, REPORT_BYTES, type ReportShelf } from './reports.ts';

/** Boxes report once a day, and after each event; who does so more often is broken or no box. */
const BOX_REPORTS_AN_HOUR = 30;
const HOUR_MS = 3_600_000;
const MOST_CONNECTIONS = 200;
const REQUEST_MS = 30_000;

export interface ReceiverOptions {
  shelf: ReportShelf;
  cert: string;
  key: string;
  now: () => number;
  /** The path that reports come to; its last part is the secret that keeps strangers out. */
  path: string;
  log: (line: string) => void;
}

/**
 * Receives boxes' reports: POST of a small JSON text over TLS, one at a time for each box. What a report says is believed as far as
 * its form goes and no further: who knows the path can say anything about a box whose id they know.
 */
export function openReceiver(o: ReceiverOptions): Server {
  const pace = openPace({ most: BOX_REPORTS_AN_HOUR, per_ms: HOUR_MS, now: o.now });
  const server = createServer(
    { cert: o.cert, key: o.key, minVersion: 'TLSv1.2', requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
    (request, response) => {
      receive(request, o, pace)
        .catch((thrown) => {
          if (!(thrown instanceof FleetError)) o.log(`${thrown instanceof Error ? thrown.message : thrown}`);
          return thrown instanceof FleetError ? statusOf(thrown) : 500;
        })
        .then((status) => answer(request, response, status));
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  return server;
}

async function receive(request: IncomingMessage, o: ReceiverOptions, pace: Pace): Promise<number> {
  if (request.url !== o.path) return 404;
  if (request.method !== 'POST') return 405;
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return 415;
  const body = await bounded(request);
  if (body === null) return 413;
  const report = parseReport(body);
  if (!pace.take(report.box)) return 429;
  await o.shelf.put(report, { now_ms: o.now(), by: 'https' });
  return 204;
}

function statusOf(error: FleetError): number {
  return error.key === 'reports-full' ? 507 : 400;
}

/** Null: too long. */
async function bounded(request: IncomingMessage): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > REPORT_BYTES) return null;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > REPORT_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function answer(request: IncomingMessage, response: ServerResponse, status: number): void {
  if (response.destroyed) return;
  response.writeHead(status, {
    ...(status === 429 ? { 'retry-after': '3600' } : {}),
    ...(status === 405 ? { allow: 'POST' } : {}),
    // What was not read to its end cannot be followed by another request.
    ...(request.complete ? {} : { connection: 'close' }),
  });
  response.end();
}
