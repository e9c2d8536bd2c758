/**
 * One connection to our listener, from accept to close: the acceptor's side of the upper layer state machine, PS3.8 §9.2.
 *
 *   requesting ──A-ASSOCIATE-RQ──▶ open ──A-RELEASE-RQ──▶ ending ──▶ closed
 *       └─ rejected, ARTIM ──────────┴─ A-ABORT either way, too slow, idle ─┘
 *
 * INVARIANTS: `onEnd` is called once for each accepted association, after the last instance of it was answered; every
 * state has a deadline, watched by `check`; bytes are read only as fast as they can be put away.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { asRohrpostError, type ErrorCode } from '../core/errors.ts';
import type { DicomLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import { decodeAssociateRequest, encodeAssociateAccept } from './associate.ts';
import type { Admission, AssociationEnd, AssociationInfo } from './contract.ts';
import { type MessageChannel, Messages } from './messages.ts';
import { formalRejection, negotiateContexts, rejections, wantsStorage } from './negotiation.ts';
import { encodeAbort, encodeReject, encodeReleaseResponse, pduType } from './pdu.ts';
import { type PduHandler, PduReader } from './pdu-reader.ts';
import { abortReason, ProtocolError } from './protocol-error.ts';
import type { ReceptionOptions } from './reception.ts';
import { Window } from './window.ts';

/** What an association needs from its listener. */
export interface AssociationOptions extends Omit<ReceptionOptions, 'association' | 'onRoom'> {
  readonly limits: DicomLimits;
  readonly log: Log;
  readonly clock: Clock;
  admit(association: AssociationInfo, wantsStorage: boolean): Admission;
  onEnd(end: AssociationEnd): void;
}

type Phase = 'requesting' | 'open' | 'ending' | 'closed';
type End = Pick<AssociationEnd, 'outcome' | 'code'>;

export class Association implements PduHandler, MessageChannel {
  /** Resolves when the socket is gone and the last instance is answered. */
  readonly closed: Promise<void>;
  private phase: Phase = 'requesting';
  private readonly socket: Socket;
  private readonly options: AssociationOptions;
  private readonly log: Log;
  private readonly reader: PduReader;
  private info: AssociationInfo;
  private messages: Messages | null = null;
  private concluded: Promise<void> | null = null;
  private end: End = { outcome: 'aborted', code: 'dicom-connection-lost' };
  /** Runs since the last thing that gave the peer new time. */
  private readonly window: Window;
  /** Our responses pile up because the peer does not read them. */
  private isCongested = false;

  constructor(socket: Socket, info: Omit<AssociationInfo, 'callingAe' | 'calledAe'>, options: AssociationOptions) {
    this.socket = socket;
    this.options = options;
    this.info = { ...info, callingAe: '', calledAe: '' };
    this.log = options.log.with({ association: info.id });
    this.reader = new PduReader(this, options.limits);
    this.window = new Window(options.clock);
    socket.on('data', (chunk: Buffer) => this.onBytes(chunk));
    socket.on('drain', () => this.setCongested(false));
    // The reason of a broken connection is in the log; what follows from it happens on 'close'.
    socket.on('error', (error) => this.log.info('connection broke', { reason: error.message }));
    this.closed = new Promise((resolve) => socket.on('close', () => resolve(this.onClose())));
  }

  /** Ends what has waited too long. To be called now and then. */
  check(): void {
    const { limits } = this.options;
    const waited_ms = this.window.age_ms();
    if (this.phase === 'requesting' && waited_ms >= limits.artim_ms) this.giveUp('no A-ASSOCIATE-RQ came');
    else if (this.phase === 'ending' && waited_ms >= limits.artim_ms) this.socket.destroy();
    else if (this.phase !== 'open') return;
    else if (this.isBusy()) this.window.restart();
    else if (waited_ms >= limits.idle_ms) this.checkRate(waited_ms);
  }

  /** Closes a connection that has no association yet. */
  closeUnlessOpen(): void {
    if (this.phase === 'requesting') this.socket.destroy();
  }

  /** The box stops: A-ABORT, whatever is under way. */
  abort(): void {
    if (this.phase === 'open') this.finish(encodeAbort(0, 0), { outcome: 'stopped', code: 'stopped' });
  }

  destroy(): void {
    this.socket.destroy();
  }

  onControlPdu(type: number, body: Buffer): void {
    if (type === pduType.abort) {
      this.log.info('association aborted by the peer', { source: body[2], reason: body[3] });
      this.end = { outcome: 'aborted', code: 'dicom-peer-aborted' };
      this.phase = 'ending';
      this.reader.stop();
      this.socket.destroy();
    } else if (type === pduType.associateRequest && this.phase === 'requesting') {
      this.onAssociateRequest(body);
    } else if (type === pduType.releaseRequest && this.messages !== null && !this.messages.isInside) {
      this.finish(encodeReleaseResponse(), { outcome: 'released' });
    } else {
      throw new ProtocolError(`PDU of type ${type} out of place`, abortReason.unexpectedPdu);
    }
  }

  onDataPdu(): void {
    if (this.messages === null) throw new ProtocolError('P-DATA before the association', abortReason.unexpectedPdu);
  }

  onPdvStart(contextId: number, isCommand: boolean): void {
    this.messages?.onPdvStart(contextId, isCommand);
  }

  onPdvBytes(bytes: Buffer): void {
    this.messages?.onPdvBytes(bytes);
  }

  onPdvEnd(isLast: boolean): void {
    this.messages?.onPdvEnd(isLast);
  }

  send(pdu: Buffer): void {
    if (this.phase !== 'open') return;
    this.window.restart();
    if (!this.socket.write(pdu)) this.setCongested(true);
  }

  hold(): void {
    this.reader.hold();
  }

  proceed(): void {
    if (this.phase !== 'open' || this.isCongested) return;
    this.guard(() => this.reader.proceed());
  }

  private onBytes(chunk: Buffer): void {
    if (this.phase === 'ending' || this.phase === 'closed') return;
    if (this.phase === 'open') {
      if (!this.isInside()) this.window.restart();
      this.window.bytes += chunk.length;
    }
    this.guard(() => this.reader.feed(chunk));
  }

  /** Runs the reader; whatever it throws ends the association. */
  private guard(read: () => void): void {
    try {
      read();
    } catch (error) {
      const { code } = asRohrpostError(error, 'internal');
      const reason = error instanceof ProtocolError ? error.reason : abortReason.notSpecified;
      this.log.warn('association aborted', { code, address: this.info.address, reason: (error as Error).message });
      this.finish(encodeAbort(2, reason), { outcome: 'protocol-error', code });
    }
    this.regulate();
  }

  private onAssociateRequest(body: Buffer): void {
    const request = decodeAssociateRequest(body);
    this.info = { ...this.info, callingAe: request.callingAe, calledAe: request.calledAe };
    const reason = formalRejection(request) ?? this.refusal(wantsStorage(request));
    if (reason !== null) {
      const { callingAe, calledAe, address } = this.info;
      this.log.warn('association rejected', { reason, callingAe, calledAe, address });
      this.finish(encodeReject(rejections[reason]), { outcome: 'aborted' });
      return;
    }
    const { answers, open } = negotiateContexts(request.contexts);
    this.phase = 'open';
    this.window.restart();
    this.messages = new Messages(open, this, {
      ...this.options,
      log: this.log,
      association: this.info,
      onRoom: () => this.regulate(),
    });
    this.send(encodeAssociateAccept(body, answers, this.options.limits.pdu_bytes));
  }

  private refusal(forStorage: boolean): keyof typeof rejections | null {
    const admission = this.options.admit(this.info, forStorage);
    return admission.accept ? null : admission.reason;
  }

  private setCongested(congested: boolean): void {
    this.isCongested = congested;
    if (congested) this.reader.hold();
    else if (this.messages?.isAnswering === false) this.proceed();
  }

  /** Pauses the socket while we are not ready for more, and lets it flow again. */
  private regulate(): void {
    const isFlowing = this.phase !== 'open' || !(this.reader.hasBacklog || this.messages?.isDiskBehind);
    if (isFlowing === this.socket.isPaused()) this.socket[isFlowing ? 'resume' : 'pause']();
  }

  /** Whether the peer waits for us. */
  private isBusy(): boolean {
    return this.messages !== null && (this.messages.isAnswering || this.messages.isDiskBehind);
  }

  /** Whether the peer has begun something and owes the rest. */
  private isInside(): boolean {
    return this.reader.isInsidePdu || (this.messages?.isInside ?? false);
  }

  private checkRate(waited_ms: number): void {
    const { min_rate_bytes_per_s } = this.options.limits;
    if (!this.isInside()) this.giveUp('nothing came', 'dicom-peer-idle');
    else if (this.window.bytes * 1000 < min_rate_bytes_per_s * waited_ms) this.giveUp('too slow', 'dicom-peer-slow');
    else this.window.restart();
  }

  private giveUp(reason: string, code: ErrorCode = 'dicom-peer-idle'): void {
    this.log.warn('association timed out', { code, reason, address: this.info.address });
    // Without an association there is nothing to abort: the connection is closed (PS3.8 Table 9-10, Sta2, AA-2).
    if (this.phase === 'requesting') this.socket.destroy();
    else this.finish(encodeAbort(2, abortReason.notSpecified), { outcome: 'timed-out', code });
  }

  /** Says our last word. What still comes is read and dropped until the peer closes or ARTIM runs out. */
  private finish(lastWord: Buffer, end: End): void {
    if (this.phase === 'ending' || this.phase === 'closed') return;
    this.phase = 'ending';
    this.end = end;
    this.window.restart();
    this.reader.stop();
    this.socket.end(lastWord);
    this.socket.resume();
    void this.conclude();
  }

  private onClose(): Promise<void> {
    this.phase = 'closed';
    this.reader.stop();
    return this.conclude();
  }

  /** The association is over, though the socket may linger. */
  private conclude(): Promise<void> {
    this.concluded ??= this.tellEnd();
    return this.concluded;
  }

  private async tellEnd(): Promise<void> {
    if (this.messages === null) return;
    const openInstance = await this.messages.end();
    this.options.onEnd({ association: this.info, ...this.end, stored: this.messages.stored, openInstance });
  }
}
