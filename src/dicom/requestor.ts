/**
 * One association that we open: the requestor's side of the upper layer, PS3.8 §9.2. Lock-step: a request goes out, its
 * response is awaited. Every wait has a deadline; the first failure is kept and ends everything after it.
 */
import type { Socket } from 'node:net';
import { asRohrpostError, RohrpostError, reasonOf } from '../core/errors.ts';
import type { DicomLimits } from '../core/limits.ts';
import { contextResult, decodeAssociateAccept, encodeAssociateRequest, type ProposedContext } from './associate.ts';
import { type Command, decodeCommand } from './command.ts';
import { connected, type DicomPeer } from './connect.ts';
import { decodeReject, encodeAbort, encodeReleaseRequest, pduType } from './pdu.ts';
import { type PduHandler, PduReader } from './pdu-reader.ts';
import { abortError, rejectionError, silentError } from './peer-errors.ts';
import { abortReason, ProtocolError } from './protocol-error.ts';

type Incoming = { kind: 'control'; type: number; body: Buffer } | { kind: 'command'; command: Command };

/** A lock-step peer owes one answer at a time; more than this is a flood. */
const INBOX = 4;

export class Requestor implements PduHandler {
  /** Ids of the contexts that the peer accepted. */
  readonly accepted = new Set<number>();
  /** The peer's largest P-DATA in bytes; 0 is without limit. */
  peerPduBytes = 0;
  private readonly socket: Socket;
  private readonly limits: DicomLimits;
  private readonly reader: PduReader;
  private readonly command: Buffer;
  private commandBytes = 0;
  private readonly inbox: Incoming[] = [];
  private failure: RohrpostError | null = null;
  private wake: (() => void) | null = null;

  private constructor(socket: Socket, limits: DicomLimits) {
    this.socket = socket;
    this.limits = limits;
    this.reader = new PduReader(this, limits);
    this.command = Buffer.allocUnsafeSlow(limits.command_bytes);
    socket.on('data', (chunk: Buffer) => this.onBytes(chunk));
    socket.on('error', (error) => this.fail(lost(reasonOf(error))));
    socket.on('close', () => this.fail(lost('closed by the peer')));
  }

  /**
   * Connects and negotiates `contexts`.
   * @throws dicom-connect-failed, dicom-tls-failed, dicom-association-rejected, dicom-association-busy,
   *   dicom-peer-pdu-too-small, dicom-peer-aborted, dicom-peer-silent, dicom-connection-lost, dicom-protocol-error, stopped
   */
  static async open(
    peer: DicomPeer,
    contexts: readonly ProposedContext[],
    limits: DicomLimits,
    signal?: AbortSignal,
  ): Promise<Requestor> {
    const socket = await connected(peer, limits.connect_ms, signal);
    const requestor = new Requestor(socket, limits);
    const onAbort = () => requestor.abort(new RohrpostError('stopped'));
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('close', () => signal?.removeEventListener('abort', onAbort));
    if (signal?.aborted) onAbort();
    try {
      await requestor.negotiate(peer, contexts);
    } catch (error) {
      requestor.abort(asRohrpostError(error, 'internal'));
      throw error;
    }
    return requestor;
  }

  /** Sends bytes; resolves when the kernel has them and the buffer may be used again. @throws as `open` */
  async write(bytes: Buffer): Promise<void> {
    if (this.failure) throw this.failure;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.abort(silentError('it takes no more data', this.limits.send_ms));
        resolve();
      }, this.limits.send_ms);
      this.socket.write(bytes, (error) => {
        if (error) this.fail(lost(reasonOf(error)));
        resolve();
      });
    });
    clearTimeout(timer);
    if (this.failure) throw this.failure;
  }

  /** Awaits the response to a request. @throws as `open` */
  async response(messageId: number): Promise<Command> {
    const incoming = await this.next(this.limits.response_ms, 'response to a store');
    if (incoming.kind === 'command' && incoming.command.messageIdRespondedTo === messageId) return incoming.command;
    throw this.abort(new ProtocolError('not the awaited response', abortReason.unexpectedPdu));
  }

  /** Ends the association in order; a peer that does not answer is left. Never rejects. */
  async release(): Promise<void> {
    try {
      this.socket.write(encodeReleaseRequest());
      await this.next(this.limits.artim_ms, 'response to the release');
    } catch {
      // Everything was answered before; how the peer hangs up changes nothing.
    }
    this.failure ??= lost('released');
    this.socket.end();
    this.destroyLater();
  }

  /** A-ABORT, if there is someone to tell, and the end. Returns the failure that stands. */
  abort(failure: RohrpostError): RohrpostError {
    if (this.failure === null) {
      const isOurs = !(failure instanceof ProtocolError);
      this.socket.end(encodeAbort(isOurs ? 0 : 2, isOurs ? 0 : failure.reason));
      this.destroyLater();
    }
    return this.fail(failure);
  }

  onControlPdu(type: number, body: Buffer): void {
    if (type === pduType.abort) {
      this.fail(abortError(body[2] ?? 0, body[3] ?? 0));
      this.socket.destroy();
      return;
    }
    this.deliver({ kind: 'control', type, body });
  }

  onDataPdu(): void {}

  onPdvStart(_contextId: number, isCommand: boolean): void {
    if (!isCommand) throw new ProtocolError('a response with a data set', abortReason.unexpectedPdu);
  }

  onPdvBytes(bytes: Buffer): void {
    if (this.commandBytes + bytes.length > this.command.length) throw new ProtocolError('command set is too long');
    this.commandBytes += bytes.copy(this.command, this.commandBytes);
  }

  onPdvEnd(isLast: boolean): void {
    if (!isLast) return;
    const command = decodeCommand(this.command.subarray(0, this.commandBytes));
    this.commandBytes = 0;
    this.deliver({ kind: 'command', command });
  }

  private async negotiate(peer: DicomPeer, contexts: readonly ProposedContext[]): Promise<void> {
    const { calledAe, callingAe } = peer;
    const maxPduBytes = this.limits.pdu_bytes;
    await this.write(encodeAssociateRequest({ calledAe, callingAe, contexts, maxPduBytes }));
    const answer = await this.next(this.limits.negotiate_ms, 'response to the association request');
    if (answer.kind === 'control' && answer.type === pduType.associateReject) {
      throw rejectionError(decodeReject(answer.body));
    }
    if (answer.kind !== 'control' || answer.type !== pduType.associateAccept) {
      throw new ProtocolError('no answer to A-ASSOCIATE-RQ', abortReason.unexpectedPdu);
    }
    const accept = decodeAssociateAccept(answer.body);
    const least = this.limits.peer_pdu_bytes_least;
    if (accept.maxPduBytes !== 0 && accept.maxPduBytes < least) {
      throw new RohrpostError('dicom-peer-pdu-too-small', { details: { bytes: accept.maxPduBytes, least } });
    }
    this.peerPduBytes = accept.maxPduBytes;
    for (const { id, result, transferSyntax } of accept.contexts) {
      // Bytes go out in the syntax they are stored in; a peer that "accepts" another one does not take them.
      const isOffered = contexts.some(
        (context) => context.id === id && context.transferSyntaxes.includes(transferSyntax),
      );
      if (result === contextResult.accepted && isOffered) this.accepted.add(id);
    }
  }

  private onBytes(chunk: Buffer): void {
    if (this.failure) return;
    try {
      this.reader.feed(chunk);
    } catch (error) {
      this.abort(asRohrpostError(error, 'internal'));
    }
  }

  private deliver(incoming: Incoming): void {
    if (this.inbox.length >= INBOX) throw new ProtocolError('answers nobody asked for', abortReason.unexpectedPdu);
    this.inbox.push(incoming);
    this.wake?.();
  }

  private async next(timeout_ms: number, what: string): Promise<Incoming> {
    const isHere = () => this.inbox.length > 0 || this.failure !== null;
    if (!isHere()) {
      const timer = setTimeout(() => this.abort(silentError(what, timeout_ms)), timeout_ms);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.wake = null;
      clearTimeout(timer);
    }
    const incoming = this.inbox.shift();
    if (incoming) return incoming;
    throw this.failure ?? lost('closed');
  }

  private fail(failure: RohrpostError): RohrpostError {
    this.failure ??= failure;
    this.reader.stop();
    this.wake?.();
    return this.failure;
  }

  private destroyLater(): void {
    this.socket.resume();
    const timer = setTimeout(() => this.socket.destroy(), this.limits.artim_ms);
    this.socket.once('close', () => clearTimeout(timer));
  }
}

function lost(reason: string): RohrpostError {
  return new RohrpostError('dicom-connection-lost', { details: { reason } });
}
