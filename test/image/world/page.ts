import { once } from 'node:events';
import { request } from 'node:https';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';

/** The page of a box, asked over the network; TLS is verified against the one certificate that the box was seen with. */
export interface BoxPage {
  /** SHA-256 of its certificate, as browsers and the box's own screen show it. */
  readonly fingerprint: string;
  /** @throws Error for an answer that is not 2xx */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  ask(method: string, path: string, body?: unknown): Promise<any>;
  /** As `ask`, by somebody who logs in for it: what a token may not do. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  askAs(person: { name: string; password: string }, method: string, path: string, body: unknown): Promise<any>;
  /** As `ask`, whatever the answer. */
  tryAsk(method: string, path: string, body?: unknown): Promise<PageAnswer>;
  /** Streams a file there. */
  send(
    method: string,
    path: string,
    bytes: NodeJS.ReadableStream,
    headers: Record<string, string>,
  ): Promise<PageAnswer>;
  /** A token for scripts, made by whoever has this session. */
  tokenFor(cookie: string): Promise<string>;
  /** From now on as whoever has this token. */
  use(token: string): void;
}

export interface PageAnswer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any;
  cookie: string | null;
}

/** Hashing a password, or asking the caretaker, which starts Node.js: slow where every instruction is emulated. */
const ANSWER_MS = 180_000;
const HANDSHAKE_MS = 20_000;

/** Waits until the page behind a port of loopback answers `GET /api/state`. */
export async function openPage(
  port: number,
  o: { within_ms: number; fingerprint?: string; token?: string; gaveUp?: () => Promise<string> },
): Promise<BoxPage> {
  for (const deadline = performance.now() + o.within_ms; ; ) {
    const page = await tryPage(port, o.fingerprint).catch((error: Error) => error);
    if (!(page instanceof Error)) {
      if (o.token) page.use(o.token);
      return page;
    }
    if (page.name === 'OtherCertificate') throw page;
    if (performance.now() > deadline) {
      throw new Error(`no page within ${o.within_ms} ms (${page.message}): ${(await o.gaveUp?.()) ?? ''}`);
    }
    await delay(300);
  }
}

async function tryPage(port: number, expected: string | undefined): Promise<BoxPage> {
  const { pem, fingerprint } = await certificateAt(port);
  if (expected !== undefined && fingerprint !== expected) {
    throw Object.assign(new Error(`another certificate: ${fingerprint}`), { name: 'OtherCertificate' });
  }
  let token: string | null = null;
  const send: BoxPage['send'] = async (method, path, bytes, headers) => {
    const authorization = token === null || 'cookie' in headers ? {} : { authorization: `Bearer ${token}` };
    const asked = request({
      ...{ host: '127.0.0.1', port, method, path, agent: false, timeout: ANSWER_MS, ca: pem },
      // It is exactly this certificate, whatever names are in it.
      checkServerIdentity: () => undefined,
      headers: { 'accept-language': 'en', ...authorization, ...headers },
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer to ${method} ${path}`)));
    bytes.pipe(asked);
    const [reply] = await once(asked, 'response');
    const cookie = reply.headers['set-cookie']?.[0]?.split(';')[0] ?? null;
    const body = await json(reply).catch(() => null); // 204 has none
    return { status: reply.statusCode, body, cookie };
  };
  const tryAsk: BoxPage['tryAsk'] = async (method, path, body) => {
    if (body === undefined) return send(method, path, Readable.from([]), {});
    return send(method, path, Readable.from([JSON.stringify(body)]), { 'content-type': 'application/json' });
  };
  const expectGood = (what: string, { status, body }: PageAnswer) => {
    if (status >= 300) throw new Error(`${what}: ${status} ${JSON.stringify(body)}`);
    return body;
  };
  const inSession = async (cookie: string, method: string, path: string, body: unknown) => {
    // A session must say where it comes from; tokens need not.
    const session = { 'content-type': 'application/json', cookie, origin: `https://127.0.0.1:${port}` };
    const answer = await send(method, path, Readable.from([JSON.stringify(body)]), session);
    return expectGood(`${method} ${path}`, answer);
  };
  const tokenFor: BoxPage['tokenFor'] = async (cookie) => {
    const wish = { name: 'test', role: 'admin', days: 2 };
    return (await inSession(cookie, 'POST', '/api/tokens', wish)).token;
  };
  const askAs: BoxPage['askAs'] = async (person, ...wish) => {
    const answer = await tryAsk('POST', '/api/session', person);
    expectGood('log-in', answer);
    return inSession(answer.cookie!, ...wish);
  };
  const ask: BoxPage['ask'] = async (method, path, body) =>
    expectGood(`${method} ${path}`, await tryAsk(method, path, body));
  await ask('GET', '/api/state');
  return {
    ...{ fingerprint, ask, askAs, tryAsk, send, tokenFor },
    use: (given) => {
      token = given;
    },
  };
}

async function certificateAt(port: number): Promise<{ pem: string; fingerprint: string }> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(HANDSHAKE_MS) });
    const { raw, fingerprint256 } = socket.getPeerCertificate();
    const body = raw.toString('base64').replace(/(.{64})/g, '$1\n');
    return { pem: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`, fingerprint: fingerprint256 };
  } finally {
    socket.destroy();
  }
}
