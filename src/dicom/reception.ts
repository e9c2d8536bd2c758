/** One C-STORE being served: command checked, data set streamed to a file, header compared, handed over, answered. */

import { asRohrpostError, type RohrpostError, reasonOf } from '../core/errors.ts';
import { diskError, type NewFile } from '../core/files.ts';
import type { DicomLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import { type Command, dimseStatus } from './command.ts';
import type { AssociationInfo, ReceivedInstance, StoreAnswer } from './contract.ts';
import { type Header, parseHeader, parseHeaderStart } from './header.ts';
import { diskFailure, type FinishedFile, IncomingFile } from './incoming-file.ts';
import type { OpenContext } from './negotiation.ts';
import { part10Header } from './part10.ts';
import { isUid } from './uids.ts';

/** Most headers end within this; the rest of the prefix is gathered only when this did not do. */
const FIRST_HEADER_BYTES = 16 * 1024;

/** What a reception needs from the listener's owner and from its association. */
export interface ReceptionOptions {
  readonly association: AssociationInfo;
  readonly limits: DicomLimits;
  readonly log: Log;
  newFile(association: AssociationInfo): NewFile;
  onInstance(instance: ReceivedInstance): Promise<StoreAnswer>;
  canStore?(): StoreAnswer | null;
  onNotKept?(why: RohrpostError): void;
  /** The disk has caught up. */
  onRoom(): void;
}

/** Takes the data set of one request and answers it. */
export interface Reception {
  /** The disk is behind: read no more until `onRoom`. */
  readonly isFull: boolean;
  write(bytes: Buffer): void;
  /** The data set is complete. Never rejects. */
  finish(): Promise<StoreAnswer>;
  /** The association ended before the data set did. */
  discard(): Promise<void>;
}

/** For a request that has its answer already: its data set is passed over. */
export function answerWith(answer: StoreAnswer): Reception {
  return { isFull: false, write: () => {}, finish: async () => answer, discard: async () => {} };
}

/** Opens the file for a C-STORE-RQ, or refuses: UIDs are checked before anything is made of them. */
export function receive(command: Command, context: OpenContext, options: ReceptionOptions): Reception {
  const refusal = checkRequest(command, context) ?? options.canStore?.() ?? null;
  if (refusal !== null) return answerWith(refusal);
  const head = part10Header({
    sopClassUid: command.affectedSopClass,
    sopInstanceUid: command.affectedSopInstance,
    transferSyntaxUid: context.transferSyntax,
    sourceAe: options.association.callingAe,
    receivingAe: options.association.calledAe,
  });
  try {
    const file = new IncomingFile(options.newFile(options.association), head, options.limits, options.onRoom);
    return new FileReception(file, head.length, command, context, options);
  } catch (error) {
    told(options, 'instance file not opened', diskError(error));
    return answerWith({ status: dimseStatus.outOfResources, comment: 'no file could be opened' });
  }
}

function checkRequest(command: Command, context: OpenContext): StoreAnswer | null {
  if (!context.isStorage) return { status: dimseStatus.sopClassNotSupported, comment: 'not a storage context' };
  if (!command.hasDataSet) return { status: dimseStatus.cannotUnderstand, comment: 'no data set' };
  if (!isUid(command.affectedSopClass))
    return { status: dimseStatus.cannotUnderstand, comment: 'illegal SOP Class UID' };
  if (!isUid(command.affectedSopInstance)) {
    return { status: dimseStatus.cannotUnderstand, comment: 'illegal SOP Instance UID' };
  }
  return null;
}

class FileReception implements Reception {
  private readonly file: IncomingFile;
  private readonly dataSetOffset: number;
  private readonly command: Command;
  private readonly context: OpenContext;
  private readonly options: ReceptionOptions;

  constructor(
    file: IncomingFile,
    dataSetOffset: number,
    command: Command,
    context: OpenContext,
    options: ReceptionOptions,
  ) {
    this.file = file;
    this.dataSetOffset = dataSetOffset;
    this.command = command;
    this.context = context;
    this.options = options;
  }

  get isFull(): boolean {
    return this.file.isFull;
  }

  write(bytes: Buffer): void {
    this.file.write(bytes);
  }

  async finish(): Promise<StoreAnswer> {
    let finished: FinishedFile;
    try {
      finished = await this.file.finish();
    } catch (error) {
      told(this.options, 'instance not written', asRohrpostError(error, 'disk-error'));
      return { status: dimseStatus.outOfResources, comment: 'the disk does not take it' };
    }
    const { header, headerError } = this.readHeader();
    if (header !== null && !this.matches(header)) {
      await this.discard();
      return { status: dimseStatus.dataSetMismatch, comment: 'SOP UIDs of command and data set differ' };
    }
    return this.handOver(finished, header, headerError);
  }

  async discard(): Promise<void> {
    await this.file.discard().catch((error: unknown) => {
      this.options.log.error('instance file not removed', { code: 'disk-error', reason: reasonOf(error) });
    });
  }

  private async handOver(
    finished: FinishedFile,
    header: Header | null,
    headerError: RohrpostError | null,
  ): Promise<StoreAnswer> {
    try {
      return await this.options.onInstance({
        association: this.options.association,
        sopClassUid: this.command.affectedSopClass,
        sopInstanceUid: this.command.affectedSopInstance,
        transferSyntaxUid: this.context.transferSyntax,
        path: this.file.path,
        fd: this.file.fd,
        ...finished,
        dataSetOffset: this.dataSetOffset,
        header,
        headerError,
      });
    } catch (error) {
      const failure = await diskFailure(error, this.file.path);
      told(this.options, 'instance not kept', failure);
      if (failure.code === 'disk-full') return { status: dimseStatus.outOfResources, comment: 'the disk is full' };
      return { status: dimseStatus.cannotUnderstand, comment: 'the instance could not be kept' };
    }
  }

  private readHeader(): { header: Header | null; headerError: RohrpostError | null } {
    const { limits } = this.options;
    const { transferSyntax } = this.context;
    try {
      const start = gather(this.file.prefix, FIRST_HEADER_BYTES);
      const header =
        parseHeaderStart(start, transferSyntax, limits) ??
        parseHeader(gather(this.file.prefix, limits.header_bytes), transferSyntax, limits);
      return { header, headerError: null };
    } catch (error) {
      return { header: null, headerError: asRohrpostError(error, 'dicom-header-malformed') };
    }
  }

  private matches(header: Header): boolean {
    return (
      header.sopClassUid === this.command.affectedSopClass && header.sopInstanceUid === this.command.affectedSopInstance
    );
  }
}

function told(options: ReceptionOptions, words: string, why: RohrpostError): void {
  options.log.error(words, { code: why.code, reason: reasonOf(why) });
  options.onNotKept?.(why);
}

/** The first `bytes` of `pieces` as one buffer. */
function gather(pieces: readonly Buffer[], bytes: number): Buffer {
  const taken: Buffer[] = [];
  let length = 0;
  for (let index = 0; index < pieces.length && length < bytes; index++) {
    taken.push(pieces[index]!);
    length += pieces[index]!.length;
  }
  if (taken.length === 1) return taken[0]!;
  return Buffer.concat(taken, Math.min(length, bytes));
}
