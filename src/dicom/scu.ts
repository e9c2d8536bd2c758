/** Sends instances to a peer: C-STORE as service class user, stored bytes unchanged, one outcome per instance. */
import { asRohrpostError, type RohrpostError } from '../core/errors.ts';
import { type DicomLimits, dicomLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import type { Command } from './command.ts';
import { readPart10 } from './part10.ts';
import { storeVerdict } from './peer-errors.ts';
import { type DicomPeer, Requestor } from './requestor.ts';
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
  readonly contexts: Map<string, { id: number; abstractSyntax: string; transferSyntaxes: readonly string[] }>;
  readonly instances: Outgoing[];
}

const CONTEXTS = 128;

/**
 * Sends instances in order, over one association, or several where more contexts are needed than one can have. Each
 * context names one SOP class in the one transfer syntax its instances are stored in.
 * @returns the error that ended the work early, if one did; those not tried by then are `not-sent`
 */
export async function storeInstances(
  peer: DicomPeer,
  instances: readonly { id: string; path: string }[],
  options: StoreOptions,
): Promise<{ error?: RohrpostError }> {
  const limits: DicomLimits = { ...dicomLimits, ...options.limits };
  const batches = await plan(instances, limits, options);
  let error: RohrpostError | undefined;
  for (const batch of batches) {
    const unsent = new Set(batch.instances);
    if (error === undefined) error = await sendBatch(peer, batch, unsent, limits, options);
    for (const { id } of unsent) options.onOutcome({ id, kind: 'not-sent' });
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
      const { header: _, transferSyntaxUid, ...file } = await readPart10(path, limits);
      const key = `${file.sopClassUid} ${transferSyntaxUid}`;
      if (batch === undefined || (batch.contexts.size === CONTEXTS && !batch.contexts.has(key))) {
        batch = { contexts: new Map(), instances: [] };
        batches.push(batch);
      }
      const context = batch.contexts.get(key) ?? {
        id: 2 * batch.contexts.size + 1,
        abstractSyntax: file.sopClassUid,
        transferSyntaxes: [transferSyntaxUid],
      };
      batch.contexts.set(key, context);
      batch.instances.push({ id, path, contextId: context.id, ...file });
    } catch (error) {
      options.onOutcome({ id, kind: 'unreadable', error: asRohrpostError(error, 'disk-error') });
    }
  }
  return batches;
}

/** Sends one association's worth; takes out of `unsent` whatever has its outcome. Returns what ended it early. */
async function sendBatch(
  peer: DicomPeer,
  batch: Batch,
  unsent: Set<Outgoing>,
  limits: DicomLimits,
  { signal, log, onOutcome }: StoreOptions,
): Promise<RohrpostError | undefined> {
  const settle = (instance: Outgoing, outcome: StoreResult) => {
    unsent.delete(instance);
    onOutcome({ id: instance.id, ...outcome });
  };
  let requestor: Requestor | undefined;
  try {
    requestor = await Requestor.open(peer, [...batch.contexts.values()], limits, signal);
    const sender = new InstanceSender(requestor, limits);
    for (const instance of batch.instances) {
      if (requestor.accepted.has(instance.contextId)) await sendOne(requestor, sender, instance, settle);
      else settle(instance, { kind: 'no-context' });
    }
    await requestor.release();
    return undefined;
  } catch (thrown) {
    const error = asRohrpostError(thrown, 'internal');
    requestor?.abort(error);
    const { host, port, calledAe } = peer;
    log.warn('store association failed', { host, port, calledAe, code: error.code, reason: error.message });
    return error;
  }
}

/** @throws what ended the association, after settling the instance unless the peer cannot have it */
async function sendOne(
  requestor: Requestor,
  sender: InstanceSender,
  instance: Outgoing,
  settle: (instance: Outgoing, outcome: StoreResult) => void,
): Promise<void> {
  try {
    const messageId = await sender.send(instance);
    const response = await requestor.response(messageId);
    settle(instance, resultOf(response));
  } catch (thrown) {
    const error = asRohrpostError(thrown, 'internal');
    if (error.code === 'disk-error') settle(instance, { kind: 'unreadable', error });
    else if (sender.left === 'all') settle(instance, { kind: 'unknown' });
    // A file that fails before anything of it has left costs its own outcome only; half an instance, the association.
    if (error.code !== 'disk-error' || sender.left !== 'nothing') throw error;
  }
}

function resultOf(response: Command): StoreResult {
  const kind = storeVerdict(response);
  if (kind === 'accepted') return { kind };
  const { status, errorComment } = response;
  return errorComment === '' ? { kind, status } : { kind, status, comment: errorComment };
}
