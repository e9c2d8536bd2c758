import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import type { Clock } from '../core/clock.ts';
import { asRohrpostError, RohrpostError, reasonOf } from '../core/errors.ts';
import { diskError, isOfDisk, removeFile } from '../core/files.ts';
import { type MailLimits, mailLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import { sameAddress } from './address.ts';

/** A mail that came whole and lies at `path`, its bytes as they were sent (dots unstuffed, RFC 5321 §4.5.2). */
export interface ReceivedMail {
  path: string;
  sizeBytes: number;
  /** Lower-case hex of the file. */
  sha256: string;
  /** '' for the null sender. Anyone can write anything here; only the signature inside proves the sender. */
  envelopeFrom: string;
  /** IP address of the sending side. */
  peer: string;
}

export interface ListenerOptions {
  host: string;
  /** 0 for any free one. */
  port: number;
  tls: { key: string; cert: string };
  security: 'starttls' | 'tls';
  /** Our name in the greeting. */
  hostname: string;
  /** The only recipient; there is no other, and no relaying. */
  address: string;
  maxBytes: number;
  log: Log;
  clock: Clock;
  limits?: MailLimits;
  /** Where the next mail goes (a path that does not exist yet). */
  newPath(): string;
  /** Resolves when file and row are durable; only then does the sender hear 250. The file is the callee's from then on. */
  received(mail: ReceivedMail): Promise<void>;
  /** A reason to take nothing now (a full disk), told to the sender as 452. */
  refuse?(): RohrpostError | null;
}

export interface MailListener {
  port: number;
  /** Takes no more, lets mails in flight finish for `smtp_stop_ms`, leaves no half file. */
  stop(): Promise<void>;
}

/**
 * Opens our own SMTP listener, by which two boxes post to each other with no mail server between them. TLS before
 * MAIL FROM; no login (the OpenPGP signature inside is what authenticates); one recipient, ourselves.
 * @throws transport-listen-failed
 */
export async function listenSmtp(o: ListenerOptions): Promise<MailListener> {
  const limits = o.limits ?? mailLimits;
  const inFlight = new Set<Promise<void>>();
  const stopping = new AbortController();
  const breakingOff = new AbortController();
  const secured = new Set<Socket>();
  const server = new SMTPServer({
    ...staticOptions(o, limits),
    onConnect(session, done) {
      giveTimeTo(session);
      done();
    },
    onSecure(socket, _session, done) {
      for (const other of secured) if (other.destroyed) secured.delete(other);
      secured.add(socket);
      done();
    },
    onMailFrom(_address, session, done) {
      if (!session.secure) return done(reply(530, 'Must issue a STARTTLS command first'));
      const refusal = o.refuse?.() ?? null;
      done(refusal ? reply(452, refusal.code) : null);
    },
    onRcptTo(address, _session, done) {
      done(sameAddress(address.address, o.address) ? null : reply(550, 'no such mailbox here'));
    },
    onData(stream, session, done) {
      deadlines.delete(session.id);
      const reception = receive(stream, session, o, limits, breakingOff.signal)
        .then(
          () => done(null, 'stored'),
          (error) => done(refusalOf(error, o.log, session)),
        )
        .finally(() => {
          inFlight.delete(reception);
          giveTimeTo(session);
        });
      inFlight.add(reception);
    },
    onClose: (session) => void deadlines.delete(session.id),
  });

  // A connection has so long to bring a mail, however busy it keeps itself otherwise.
  const deadlines = new Map<string, number>();
  const giveTimeTo = (session: SMTPServerSession) =>
    deadlines.set(session.id, o.clock.steady() + limits.smtp_session_ms);
  const sweep = setInterval(
    () => {
      for (const connection of server.connections) {
        const due = deadlines.get(connection.id);
        if (due !== undefined && due <= o.clock.steady()) connection.send(421, 'Timeout - closing connection');
      }
    },
    Math.min(limits.smtp_session_ms, 10_000),
  ).unref();

  guard(server.server, limits.smtp_connections_per_peer, stopping.signal);
  server.on('error', (error) => o.log.debug('mail listener: connection ended', { reason: reasonOf(error) }));
  try {
    server.listen(o.port, o.host);
    await once(server.server, 'listening');
  } catch (cause) {
    clearInterval(sweep);
    throw new RohrpostError('transport-listen-failed', {
      cause,
      details: { host: o.host, port: o.port, reason: reasonOf(cause) },
    });
  }
  return {
    port: (server.server.address() as AddressInfo).port,
    async stop() {
      stopping.abort();
      await nextTurn(); // a socket just accepted is wrapped into TLS a turn later; see `guard`
      await nextTurn();
      await new Promise<void>((resolve) => server.close(resolve));
      breakingOff.abort();
      for (const socket of secured) socket.destroy();
      await Promise.allSettled(inFlight);
      clearInterval(sweep);
    },
  };
}

/**
 * Refuses connections of a peer that has `most` already, and all once `stop` aborts. This must happen before smtp-server
 * sees the socket: one that is destroyed before smtp-server wraps it into TLS crashes the process.
 */
function guard(server: Server, most: number, stop: AbortSignal): void {
  const accepted = new Set<Socket>();
  const listeners = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    let same = 0;
    for (const other of accepted) {
      if (other.destroyed) accepted.delete(other);
      else if (other.remoteAddress === socket.remoteAddress) same++;
    }
    if (stop.aborted || same >= most) return socket.destroy();
    accepted.add(socket);
    for (const listener of listeners) listener.call(server, socket);
  });
}

function staticOptions(o: ListenerOptions, limits: MailLimits): SMTPServerOptions {
  return {
    name: o.hostname,
    banner: 'Rohrpost',
    heloResponse: '%s',
    secure: o.security === 'tls',
    key: o.tls.key,
    cert: o.tls.cert,
    minVersion: 'TLSv1.2',
    disabledCommands: ['AUTH', 'VRFY', 'HELP'],
    hideSMTPUTF8: true,
    hideENHANCEDSTATUSCODES: false,
    disableReverseLookup: true,
    logger: false,
    size: o.maxBytes,
    rejectOversized: true, // 552 5.3.4 for a mail that said nothing of its size, or lied
    maxRecipients: 1,
    maxCommandLength: 4 * 1024,
    maxClients: limits.smtp_connections,
    socketTimeout: limits.socket_ms,
    closeTimeout: limits.smtp_stop_ms,
  };
}

/** Streams one mail into its file and hands it over. On any failure the file is gone. */
async function receive(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  o: ListenerOptions,
  limits: MailLimits,
  stop: AbortSignal,
): Promise<void> {
  const onStop = () => stream.destroy(new RohrpostError('stopped'));
  stop.addEventListener('abort', onStop, { once: true });
  const pace = watchPace(stream, limits);
  try {
    const path = o.newPath();
    const stored = await store(stream, path, o.maxBytes);
    pace.end();
    const envelopeFrom = session.envelope.mailFrom ? session.envelope.mailFrom.address : '';
    try {
      await o.received({ path, ...stored, envelopeFrom, peer: session.remoteAddress });
    } catch (error) {
      await removeFile(path);
      throw error;
    }
  } catch (error) {
    stream.destroy();
    throw error;
  } finally {
    pace.end();
    stop.removeEventListener('abort', onStop);
  }
}

/** Writes the stream into a new file, which is there only if the stream came to its end. */
async function store(stream: SMTPServerDataStream, path: string, maxBytes: number) {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw reply(552, 'message too large');
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    await file.close();
  } catch (error) {
    await file.close().catch(() => {});
    await removeFile(path);
    throw error;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** Breaks off a mail that comes slower than `smtp_min_rate_bytes_per_s` over a whole `socket_ms`. */
function watchPace(stream: SMTPServerDataStream, limits: MailLimits) {
  const least = (limits.smtp_min_rate_bytes_per_s * limits.socket_ms) / 1000;
  let before = 0;
  const timer = setInterval(() => {
    if (stream.byteLength - before < least) stream.destroy(reply(421, 'too slow'));
    before = stream.byteLength;
  }, limits.socket_ms);
  return { end: () => clearInterval(timer) };
}

type Refusal = Error & { responseCode: number };

/** smtp-server turns such an error into the reply, with the enhanced code that belongs to it. */
function reply(responseCode: number, words: string): Refusal {
  return Object.assign(new Error(words), { responseCode });
}

/**
 * The reply to a mail that could not be taken. Never a 5xx for a fault of ours, so that the sender keeps the mail; but one
 * that can never be taken is refused for good, so that its sender hears of it now and not after days.
 */
function refusalOf(thrown: unknown, log: Log, session: SMTPServerSession): Refusal {
  if (thrown instanceof Error && 'responseCode' in thrown) return thrown as Refusal;
  const error = isOfDisk(thrown) ? diskError(thrown) : asRohrpostError(thrown, 'internal');
  const { code } = error;
  log.warn('mail not taken', { code, peer: session.remoteAddress, reason: reasonOf(thrown) });
  if (error.retry === 'never' && error.blame !== 'us') return reply(554, code);
  return reply(code === 'disk-full' || code === 'stopped' ? 452 : 451, code);
}
