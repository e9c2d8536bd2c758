/** The DICOM listener: C-ECHO and C-STORE as service class provider, over TCP or TLS. */

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type SecureContextOptions } from 'node:tls';
import type { Clock } from '../core/clock.ts';
import { RohrpostError, reasonOf } from '../core/errors.ts';
import type { NewFile } from '../core/files.ts';
import { newId } from '../core/ids.ts';
import { type DicomLimits, dicomLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import { Association } from './association.ts';
import type { Admission, AssociationEnd, AssociationInfo, ReceivedInstance, StoreAnswer } from './contract.ts';
import { Gate } from './gate.ts';

export type { Admission, AssociationEnd, AssociationInfo, ReceivedInstance, StoreAnswer } from './contract.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls?: SecureContextOptions & { requestCert?: boolean };
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Partial<DicomLimits>;
  /** Asked once per association, before anything is accepted; not for those that the listener's own caps refuse. */
  admit(association: AssociationInfo): Admission;
  /** A fresh path in an existing folder; the file is made with mode 0600 and must not exist. */
  newFile(association: AssociationInfo): NewFile;
  /** The response goes out when it resolves. A rejection with disk-full is answered A700, any other C000. */
  onInstance(instance: ReceivedInstance): Promise<StoreAnswer>;
  /** Asked for each C-STORE-RQ: an answer refuses it at once, and its data set is passed over. */
  canStore?(): StoreAnswer | null;
  /** Told why the file of an instance could not be made, written or kept: its sender is refused. */
  onNotKept?(why: RohrpostError): void;
  /** Called once for each accepted association, after its last instance was answered. */
  onEnd?(end: AssociationEnd): void;
}

export interface DicomListener {
  readonly port: number;
  /**
   * Takes no new associations, gives running ones `graceMs` (5 s) to end, then aborts them. Resolves when all are closed
   * and every instance that was handed over has been answered.
   */
  stop(graceMs?: number): Promise<void>;
}

const DEFAULT_GRACE_MS = 5_000;
/** Time for our A-ABORT to reach the peer before the socket goes. */
const ABORT_LINGER_MS = 500;
/** How often deadlines are looked at: fine enough that they end at most an eighth late. */
const CHECKS_PER_DEADLINE = 8;

/** @throws dicom-listen-failed */
export async function listenDicom(options: ListenOptions): Promise<DicomListener> {
  const limits: DicomLimits = { ...dicomLimits, ...options.limits };
  const gate = new Gate(limits);
  const associations = new Set<Association>();
  const server = openServer(options, limits);
  let isStopping = false;

  // For TLS this is the raw socket: the caps count before a handshake costs anything.
  server.on('connection', (socket: Socket) => {
    const address = addressOf(socket);
    if (isStopping || !gate.openSocket(address)) {
      options.log.warn('connection refused: too many', { address });
      socket.destroy();
      return;
    }
    socket.once('close', () => gate.closeSocket(address));
    if (!options.tls) serve(socket);
  });
  server.on('secureConnection', (socket: Socket) => serve(socket));

  function serve(socket: Socket): void {
    if (socket.destroyed) return;
    socket.setNoDelay(true);
    const info = { id: newId(), address: addressOf(socket), tls: options.tls !== undefined };
    const association = new Association(socket, info, {
      ...options,
      limits,
      admit: (candidate, forStorage) => (isStopping ? BUSY : admit(options, gate, candidate, forStorage)),
      onEnd(end) {
        gate.leave(end.association.id);
        logEnd(options.log, end);
        options.onEnd?.(end);
      },
    });
    associations.add(association);
    void association.closed.then(() => associations.delete(association));
  }

  const tick_ms = Math.min(1_000, limits.artim_ms / CHECKS_PER_DEADLINE, limits.idle_ms / CHECKS_PER_DEADLINE);
  const ticker = setInterval(() => {
    for (const association of associations) association.check();
  }, tick_ms);

  async function stop(graceMs = DEFAULT_GRACE_MS): Promise<void> {
    isStopping = true;
    const isClosed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const association of associations) association.closeUnlessOpen();
    const allEnded = () => Promise.all([isClosed, ...[...associations].map((association) => association.closed)]);
    await within(graceMs, allEnded());
    for (const association of associations) association.abort();
    await within(ABORT_LINGER_MS, allEnded());
    for (const association of associations) association.destroy();
    await allEnded();
    clearInterval(ticker);
  }

  try {
    await listening(server, options);
  } catch (error) {
    clearInterval(ticker);
    throw error;
  }
  return { port: (server.address() as AddressInfo).port, stop };
}

const BUSY: Admission = { accept: false, reason: 'local-limit' };

function admit(options: ListenOptions, gate: Gate, candidate: AssociationInfo, forStorage: boolean): Admission {
  if (!gate.hasRoom(candidate.address, forStorage)) return BUSY;
  const admission = options.admit(candidate);
  if (admission.accept) gate.enter(candidate.id, candidate.address, forStorage);
  return admission;
}

function openServer({ tls, log }: ListenOptions, limits: DicomLimits): Server {
  if (tls === undefined) return createServer();
  const server = createTlsServer({
    ...tls,
    rejectUnauthorized: tls.requestCert === true,
    handshakeTimeout: limits.artim_ms,
  });
  server.on('tlsClientError', (error, socket) => {
    log.warn('TLS handshake failed', { code: 'dicom-tls-failed', address: addressOf(socket), reason: reasonOf(error) });
    socket.destroy();
  });
  return server;
}

function listening(server: Server, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('error', (error) => {
      reject(
        new RohrpostError('dicom-listen-failed', { cause: error, details: { host, port, reason: error.message } }),
      );
    });
    server.listen(port, host, resolve);
  });
}

function logEnd(log: Log, { association, outcome, code, stored, openInstance }: AssociationEnd): void {
  const { id, callingAe, calledAe, address } = association;
  log.info('association ended', {
    association: id,
    callingAe,
    calledAe,
    address,
    outcome,
    code,
    stored,
    openInstance,
  });
}

/** An IPv4 address as such, also where the socket is an IPv6 one. */
function addressOf(socket: Socket): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

/** Waits for `work`, but not longer than `ms`. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
