/** What the acceptor answers to an A-ASSOCIATE-RQ. Pure. */

import type { AnsweredContext, AssociateRequest, ProposedContext } from './associate.ts';
import { contextResult } from './associate.ts';
import type { RefusalReason } from './contract.ts';
import type { Rejection } from './pdu.ts';
import { ProtocolError } from './protocol-error.ts';
import {
  APPLICATION_CONTEXT,
  IMPLICIT_LITTLE,
  isStorageClass,
  isUid,
  UNCOMPRESSED_SYNTAXES,
  VERIFICATION,
} from './uids.ts';

/** A presentation context in force. */
export interface OpenContext {
  readonly id: number;
  readonly abstractSyntax: string;
  readonly transferSyntax: string;
  readonly isStorage: boolean;
}

/** PS3.8 Table 9-21. Permanent is 1, transient 2; source 1 is the service user, 3 the provider's presentation side. */
export const rejections: Readonly<Record<RefusalReason | 'application-context' | 'protocol-version', Rejection>> = {
  'no-reason': { result: 1, source: 1, reason: 1 },
  'application-context': { result: 1, source: 1, reason: 2 },
  'calling-ae-unknown': { result: 1, source: 1, reason: 3 },
  'called-ae-unknown': { result: 1, source: 1, reason: 7 },
  'protocol-version': { result: 1, source: 2, reason: 2 },
  'local-limit': { result: 2, source: 3, reason: 2 },
};

/** The reason to reject a request whatever the addresses in it, or null. */
export function formalRejection(request: AssociateRequest): keyof typeof rejections | null {
  if ((request.protocolVersion & 1) === 0) return 'protocol-version';
  if (request.applicationContext !== APPLICATION_CONTEXT) return 'application-context';
  return null;
}

/** Whether the peer wants to send instances, and not only to try the connection out. */
export function wantsStorage(request: AssociateRequest): boolean {
  return request.contexts.some((context) => isStorageClass(context.abstractSyntax));
}

/**
 * Answers each proposed context in the order of the request. Every storage class is taken, in the first transfer syntax
 * that the sender offers: data sets are stored as they come, so any will do and the sender's first choice is best.
 * @throws ProtocolError when an id is used twice
 */
export function negotiateContexts(proposed: readonly ProposedContext[]): {
  answers: AnsweredContext[];
  open: Map<number, OpenContext>;
} {
  const open = new Map<number, OpenContext>();
  const ids = new Set<number>();
  const answers = proposed.map((context): AnsweredContext => {
    const { id, abstractSyntax } = context;
    if (ids.has(id)) throw new ProtocolError(`presentation context ${id} is proposed twice`);
    ids.add(id);
    const isStorage = isStorageClass(abstractSyntax) && isUid(abstractSyntax);
    if (!isStorage && abstractSyntax !== VERIFICATION) {
      return { id, result: contextResult.abstractSyntaxUnsupported, transferSyntax: IMPLICIT_LITTLE };
    }
    const transferSyntax = context.transferSyntaxes.find((uid) =>
      isStorage ? isUid(uid) : UNCOMPRESSED_SYNTAXES.has(uid),
    );
    if (transferSyntax === undefined) {
      return { id, result: contextResult.transferSyntaxesUnsupported, transferSyntax: IMPLICIT_LITTLE };
    }
    open.set(id, { id, abstractSyntax, transferSyntax, isStorage });
    return { id, result: contextResult.accepted, transferSyntax };
  });
  return { answers, open };
}
