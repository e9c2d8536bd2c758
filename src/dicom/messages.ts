/**
 * The DIMSE side of an accepted association: puts commands together, serves C-ECHO and C-STORE, refuses everything else
 * (PS3.7 §9.3). One message at a time: while one is being answered the next waits in the reader.
 */
import { type Command, commandField, decodeCommand, dimseStatus, encodeResponse, RESPONSE_BIT } from './command.ts';
import type { OpenContext } from './negotiation.ts';
import { encodeCommandPdu } from './pdu.ts';
import { abortReason, ProtocolError } from './protocol-error.ts';
import { answerWith, type Reception, type ReceptionOptions, receive } from './reception.ts';

/** The association as its messages see it. */
export interface MessageChannel {
  send(pdu: Buffer): void;
  /** Nothing more is to be handed on until `proceed`: a message is being answered. */
  hold(): void;
  proceed(): void;
}

interface OpenMessage {
  readonly command: Command;
  readonly contextId: number;
  readonly reception: Reception;
}

export class Messages {
  /** Stores answered with success or a warning. */
  stored = 0;
  private readonly contexts: ReadonlyMap<number, OpenContext>;
  private readonly channel: MessageChannel;
  private readonly options: ReceptionOptions;
  private readonly command: Buffer;
  private commandBytes = 0;
  private contextId = 0;
  private isCommand = false;
  /** A request whose data set is on its way. */
  private open: OpenMessage | null = null;
  /** A request whose data set is complete and whose answer is being made. */
  private answering: Promise<void> | null = null;

  constructor(contexts: ReadonlyMap<number, OpenContext>, channel: MessageChannel, options: ReceptionOptions) {
    this.contexts = contexts;
    this.channel = channel;
    this.options = options;
    this.command = Buffer.allocUnsafeSlow(options.limits.command_bytes);
  }

  /** Whether a message has begun and the peer still owes a part of it. */
  get isInside(): boolean {
    return this.open !== null || this.commandBytes > 0;
  }

  get isAnswering(): boolean {
    return this.answering !== null;
  }

  get isDiskBehind(): boolean {
    return this.open?.reception.isFull ?? false;
  }

  onPdvStart(contextId: number, isCommand: boolean): void {
    if (!this.contexts.has(contextId)) {
      throw new ProtocolError(`PDV on presentation context ${contextId}, which was not accepted`);
    }
    if (isCommand ? this.open !== null : this.open?.contextId !== contextId) {
      const what = isCommand ? 'command inside a data set' : 'data set without its command';
      throw new ProtocolError(what, abortReason.unexpectedPdu);
    }
    if (this.commandBytes > 0 && contextId !== this.contextId) throw new ProtocolError('command changes its context');
    this.contextId = contextId;
    this.isCommand = isCommand;
  }

  onPdvBytes(bytes: Buffer): void {
    if (!this.isCommand) {
      this.open?.reception.write(bytes);
      return;
    }
    if (this.commandBytes + bytes.length > this.command.length) throw new ProtocolError('command set is too long');
    this.commandBytes += bytes.copy(this.command, this.commandBytes);
  }

  onPdvEnd(isLast: boolean): void {
    if (!isLast) return;
    if (this.isCommand) {
      const command = decodeCommand(this.command.subarray(0, this.commandBytes));
      this.commandBytes = 0;
      this.begin(command, this.contexts.get(this.contextId)!);
    } else if (this.open !== null) {
      const message = this.open;
      this.open = null;
      this.answer(message);
    }
  }

  /**
   * The association is over: what is incomplete goes, what is being answered comes to its end.
   * @returns whether an instance was on its way
   */
  async end(): Promise<boolean> {
    const message = this.open;
    this.open = null;
    await message?.reception.discard();
    await this.answering;
    return message?.command.field === commandField.storeRequest;
  }

  private begin(command: Command, context: OpenContext): void {
    if ((command.field & RESPONSE_BIT) !== 0) {
      throw new ProtocolError('response without a request', abortReason.unexpectedPdu);
    }
    // Nothing we serve takes long enough to be cancelled, and a C-CANCEL has no response (PS3.7 §9.3.2.3).
    if (command.field === commandField.cancelRequest) return;
    const message = { command, contextId: context.id, reception: this.receptionFor(command, context) };
    if (command.hasDataSet) this.open = message;
    else this.answer(message);
  }

  private receptionFor(command: Command, context: OpenContext): Reception {
    if (command.field === commandField.storeRequest) return receive(command, context, this.options);
    if (command.field === commandField.echoRequest) return answerWith({ status: dimseStatus.success });
    return answerWith({ status: dimseStatus.unrecognizedOperation });
  }

  private answer({ command, contextId, reception }: OpenMessage): void {
    this.channel.hold();
    this.answering = reception.finish().then(({ status, comment }) => {
      this.answering = null;
      if (command.field === commandField.storeRequest && isKept(status)) this.stored++;
      this.channel.send(encodeCommandPdu(contextId, encodeResponse(command, status, comment)));
      this.channel.proceed();
    });
  }
}

/** Success and the warnings of storage (B000, B006, B007) leave the instance with us. */
function isKept(status: number): boolean {
  return status === dimseStatus.success || status >>> 12 === 0xb;
}
