/** Sends instances to a peer: C-STORE as service class user, stored bytes unchanged, one outcome per instance. */
import { asRohrpostError, type ErrorCode, type RohrpostError } from '../core/errors.ts';
import { isDiskError } from '../core/files.ts';
import { type DicomLimits, dicomLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import type { ProposedContext } from './associate.ts';
import type { Command } from './command.ts';
import type { DicomPeer } from './connect.ts';
import { readPart10 } from './part10.ts';
import { storeVerdict } from './peer-errors.ts';
import { Requestor } from './requestor.ts';
import { InstanceSender, type Outgoing } from './sender.ts';

export type StoreOutcome = { readonly id: string } & StoreResult;

type StoreResult =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'warning' | 'refused'; readonly status: number; readonly comment?: string }
  /** The peer takes this SOP class not at all or not in the transfer syntax it is stored in. */
  | { readonly kind: 'no-context' }
  /** The peer may have it: the last byte had left when the association ended without a response. */
  | { readonly kind: 'unknown' }
  /** The peer cannot have it: the association ended before its last byte left. */
  | { readonly kind: 'not-sent' }
  | { readonly kind: 'unreadable'; readonly error: RohrpostError };

export interface StoreOptions {
  readonly signal?: AbortSignal;
  readonly log: Log;
  readonly limits?: Partial<DicomLimits>;
  /** Called exactly once for each instance, in no promised order, before `storeInstances` resolves. */
  onOutcome(outcome: StoreOutcome): void;
}

/** What one association can carry: PS3.8 §9.3.2.2 allows 128 presentation contexts, with odd ids. */
interface Batch {
  readonly contexts: Map<string, ProposedContext>;
  readonly waiting: Outgoing[];
}

const CONTEXTS = 128;

/** After these the rest may fare better over a new association: one instance can be what the peer stumbled over. */
const RESUMABLE: ReadonlySet<ErrorCode> = new Set(['dicom-peer-aborted', 'dicom-connection-lost', 'disk-error']);
/** So many associations in a row without a single answer: the peer is at fault, not an instance. */
const FRUITLESS_ASSOCIATIONS = 3;

/**
 * Sends instances over one association, or several where more contexts are needed than one can have. Each context names
 * one SOP class in the one transfer syntax its instances are stored in. When an instance makes the peer abort, or the
 * connection breaks, the instances after it go over a new association, as long as that leads anywhere.
 * @returns the last failure of an association, if there was one; what was not tried for its sake is `not-sent`
 */
export async function storeInstances(
  peer: DicomPeer,
  instances: readonly { id: string; path: string }[],
  options: StoreOptions,
): Promise<{ error?: RohrpostError }> {
  const limits: DicomLimits = { ...dicomLimits, ...options.limits };
  const batches = await plan(instances, limits, options);
  let error: RohrpostError | undefined;
  let fruitless = 0;
  for (const { contexts, waiting } of batches) {
    const isWorthwhile = () => error === undefined || (RESUMABLE.has(error.code) && fruitless < FRUITLESS_ASSOCIATIONS);
    while (waiting.length > 0 && isWorthwhile()) {
      const before = waiting.length;
      const run = await sendWaiting(peer, [...contexts.values()], waiting, limits, options);
      error = run.error ?? error;
      if (waiting.length === before) break;
      fruitless = run.answers > 0 ? 0 : fruitless + 1;
    }
    for (const { id } of waiting) options.onOutcome({ id, kind: 'not-sent' });
  }
  return { error };
}

/** Reads the front of every file and sorts the instances into associations. */
async function plan(
  instances: readonly { id: string; path: string }[],
  limits: DicomLimits,
  options: StoreOptions,
): Promise<Batch[]> {
  const batches: Batch[] = [];
  let batch: Batch | undefined;
  for (const { id, path } of instances) {
    try {
      const { header: _, ...file } = await readPart10(path, limits);
      const key = `${file.sopClassUid} ${file.transferSyntaxUid}`;
      if (batch === undefined || (batch.contexts.size === CONTEXTS && !batch.contexts.has(key))) {
        batch = { contexts: new Map(), waiting: [] };
        batches.push(batch);
      }
      const context = batch.contexts.get(key) ?? {
        id: 2 * batch.contexts.size + 1,
        abstractSyntax: file.sopClassUid,
        transferSyntaxes: [file.transferSyntaxUid],
      };
      batch.contexts.set(key, context);
      batch.waiting.push({ id, path, contextId: context.id, ...file });
    } catch (error) {
      options.onOutcome({ id, kind: 'unreadable', error: asRohrpostError(error, 'disk-error') });
    }
  }
  return batches;
}

/**
 * Sends over one association. An instance leaves `waiting` when it is tried, and has its outcome then.
 * @returns what ended the association early, and how many instances were answered
 */
async function sendWaiting(
  peer: DicomPeer,
  contexts: readonly ProposedContext[],
  waiting: Outgoing[],
  limits: DicomLimits,
  { signal, log, onOutcome }: StoreOptions,
): Promise<{ error?: RohrpostError; answers: number }> {
  let requestor: Requestor | undefined;
  let answers = 0;
  try {
    requestor = await Requestor.open(peer, contexts, limits, signal);
    const sender = new InstanceSender(requestor, limits);
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { id, contextId } = next;
      const { result, failure } = requestor.accepted.has(contextId)
        ? await sendOne(requestor, sender, next)
        : NO_CONTEXT;
      onOutcome({ id, ...result });
      if (failure !== undefined) throw failure;
      answers++;
    }
    await requestor.release();
    return { answers };
  } catch (thrown) {
    const error = asRohrpostError(thrown, 'internal');
    requestor?.abort(error);
    const { host, port, calledAe } = peer;
    log.warn('store association failed', { host, port, calledAe, code: error.code, reason: error.message });
    return { error, answers };
  }
}

interface Sent {
  readonly result: StoreResult;
  /** Set when the association cannot go on. */
  readonly failure?: RohrpostError;
}

const NO_CONTEXT: Sent = { result: { kind: 'no-context' } };

async function sendOne(requestor: Requestor, sender: InstanceSender, instance: Outgoing): Promise<Sent> {
  try {
    const messageId = await sender.send(instance);
    return { result: resultOf(await requestor.response(messageId)) };
  } catch (thrown) {
    const error = asRohrpostError(thrown, 'internal');
    if (isDiskError(error)) {
      // A file that fails before anything of it has left costs nothing else; half an instance, the association.
      const result = { kind: 'unreadable', error } as const;
      return sender.left === 'nothing' ? { result } : { result, failure: error };
    }
    return { result: { kind: sender.left === 'all' ? 'unknown' : 'not-sent' }, failure: error };
  }
}

function resultOf(response: Command): StoreResult {
  const kind = storeVerdict(response);
  if (kind === 'accepted') return { kind };
  const { status, errorComment } = response;
  return errorComment === '' ? { kind, status } : { kind, status, comment: errorComment };
}
