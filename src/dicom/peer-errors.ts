/** Puts a peer's refusals into its own words: the tables of PS3.8 and PS3.4, as one line for people. */
import { RohrpostError } from '../core/errors.ts';
import type { Command } from './command.ts';
import type { Rejection } from './pdu.ts';

/** PS3.8 Table 9-21, by source and reason. */
const REJECTION_REASONS: Readonly<Record<string, string>> = {
  '1/1': 'no reason given',
  '1/2': 'application context name not supported',
  '1/3': 'calling AE title not recognized',
  '1/7': 'called AE title not recognized',
  '2/1': 'no reason given (ACSE)',
  '2/2': 'protocol version not supported',
  '3/1': 'temporary congestion',
  '3/2': 'local limit exceeded',
};

/** PS3.8 Table 9-26. */
const ABORT_REASONS: Readonly<Record<number, string>> = {
  1: 'unrecognized PDU',
  2: 'unexpected PDU',
  4: 'unrecognized PDU parameter',
  5: 'unexpected PDU parameter',
  6: 'invalid PDU parameter value',
};

const TRANSIENT = 2;

/** dicom-association-busy when the peer says that it may pass, else dicom-association-rejected. */
export function rejectionError({ result, source, reason }: Rejection): RohrpostError {
  const words = REJECTION_REASONS[`${source}/${reason}`] ?? `source ${source}, reason ${reason}`;
  const code = result === TRANSIENT ? 'dicom-association-busy' : 'dicom-association-rejected';
  return new RohrpostError(code, { details: { reason: words } });
}

export function abortError(source: number, reason: number): RohrpostError {
  const words = source === 2 ? (ABORT_REASONS[reason] ?? 'no reason given') : 'by its user, without a reason';
  return new RohrpostError('dicom-peer-aborted', { details: { reason: words } });
}

export function silentError(what: string, timeout_ms: number): RohrpostError {
  return new RohrpostError('dicom-peer-silent', { details: { what, timeout_ms } });
}

/** What a C-STORE response means for the instance, PS3.7 Annex C and PS3.4 Table B.2-1. */
export function storeVerdict({ status }: Command): 'accepted' | 'warning' | 'refused' {
  if (status === 0) return 'accepted';
  const isWarning = status >>> 12 === 0xb || status === 0x0001 || status === 0x0107 || status === 0x0116;
  return isWarning ? 'warning' : 'refused';
}
