import { RohrpostError, reasonOf } from '../core/errors.ts';
import { readChunks } from '../core/files.ts';
import { mailLimits } from '../core/limits.ts';
import { parseMailbox } from './address.ts';
import { Headers, readMessageId, withoutComments } from './headers.ts';
import { boundedBuffer, readMime, type Sink } from './read.ts';

/** What became of one recipient of a mail, by RFC 3464 §2.3.3. Only `failed` is final and bad. */
export type BounceAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';

const ACTIONS: readonly string[] = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'] satisfies BounceAction[];

export interface Bounce {
  /** The Message-ID of our mail, where the report holds its header; null otherwise. */
  originalMessageId: string | null;
  recipient: string | null;
  action: BounceAction;
  /** RFC 3463: `5.1.1`. */
  status: string;
  /** The mail server's own words, one bounded line. */
  diagnostic: string;
}

/**
 * Reads a delivery status notification: one entry for each recipient that it reports on, successes too.
 *
 * @throws mail-bounce-malformed, and what reading MIME throws
 */
export async function parseBounce(path: string): Promise<Bounce[]> {
  const report = boundedBuffer();
  const original = firstBytes(mailLimits.report_bytes);
  let reports = 0;
  await readMime(readChunks(path), {
    leaf({ type }): Sink | null {
      if (/^message\/(?:global-)?delivery-status$/.test(type)) return reports++ === 0 ? report.add : null;
      if (/^(?:message\/rfc822|message\/global|text\/rfc822-headers|message\/global-headers)$/.test(type)) {
        return original.add;
      }
      return null;
    },
  });
  const originalMessageId = readMessageId(fieldGroups(original.bytes())[0]?.get('message-id'));
  const recipients = fieldGroups(report.bytes()).filter((group) => group.get('action') !== undefined);
  if (recipients.length === 0) throw malformed('no recipient in it', 'kein Empfänger darin');
  return recipients.map((group) => ({ originalMessageId, ...readRecipient(group) }));
}

function readRecipient(group: Headers): Omit<Bounce, 'originalMessageId'> {
  const action = withoutComments(group.get('action')!).trim().toLowerCase();
  if (!ACTIONS.includes(action)) throw malformed('its action is unknown', 'ihr Vorgang ist unbekannt');
  const recipient = group.get('original-recipient') ?? group.get('final-recipient');
  return {
    recipient: parseMailbox(recipient?.slice(recipient.indexOf(';') + 1)),
    action: action as BounceAction,
    status: /\d\.\d{1,3}\.\d{1,3}/.exec(group.get('status') ?? '')?.[0] ?? '',
    diagnostic: reasonOf(group.get('diagnostic-code') ?? ''),
  };
}

/** Groups of fields with blank lines between them (RFC 3464 §2.1). */
function fieldGroups(block: Buffer): Headers[] {
  const groups = block.toString('latin1').split(/\r?\n[ \t]*\r?\n/);
  return groups.map((group) => new Headers(Buffer.from(group.replace(/^[\r\n]+/, ''), 'latin1')));
}

/** Keeps the beginning of what comes, as much as a header may take. */
function firstBytes(limit_bytes: number) {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    add(chunk: Buffer): void {
      if (size < limit_bytes) chunks.push(Buffer.from(chunk.subarray(0, limit_bytes - size)));
      size += chunk.length;
    },
    bytes: () => Buffer.concat(chunks),
  };
}

function malformed(reason: string, reason_de: string): RohrpostError {
  return new RohrpostError('mail-bounce-malformed', { details: { reason, reason_de } });
}
