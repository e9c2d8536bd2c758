/** C-ECHO to a peer: the "does it answer" test, PS3.7 §9.1.5. */
import { RohrpostError } from '../core/errors.ts';
import { dicomLimits } from '../core/limits.ts';
import { dimseStatus, encodeEchoRequest } from './command.ts';
import type { DicomPeer } from './connect.ts';
import { encodeCommandPdu } from './pdu.ts';
import { silentError } from './peer-errors.ts';
import { Requestor } from './requestor.ts';
import { IMPLICIT_LITTLE, VERIFICATION } from './uids.ts';

const CONTEXT = { id: 1, abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT_LITTLE] };
const MESSAGE_ID = 1;

/**
 * Opens an association for Verification, sends one C-ECHO and releases.
 * @returns the time from connecting to the answer
 * @throws dicom-connect-failed, dicom-tls-failed, dicom-association-rejected, dicom-association-busy,
 *   dicom-peer-aborted, dicom-peer-silent (nothing within `timeoutMs`), dicom-connection-lost, dicom-protocol-error,
 *   dicom-echo-refused
 */
export async function echo(peer: DicomPeer, options: { timeoutMs: number }): Promise<{ ok: true; rtt_ms: number }> {
  const { timeoutMs } = options;
  // Half of it for the connection, so that "not there" and "says nothing" stay two things.
  const limits = { ...dicomLimits, connect_ms: timeoutMs / 2, negotiate_ms: timeoutMs, response_ms: timeoutMs };
  const began_ms = performance.now();
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const requestor = await Requestor.open(peer, [CONTEXT], limits, late);
    try {
      if (!requestor.accepted.has(CONTEXT.id)) throw refused('no Verification');
      await requestor.write(encodeCommandPdu(CONTEXT.id, encodeEchoRequest(MESSAGE_ID, VERIFICATION)));
      const { status } = await requestor.response(MESSAGE_ID);
      if (status !== dimseStatus.success) throw refused(`status ${status.toString(16)}H`);
      return { ok: true, rtt_ms: Math.round(performance.now() - began_ms) };
    } finally {
      await requestor.release();
    }
  } catch (thrown) {
    const isLate = late.aborted && thrown instanceof RohrpostError && thrown.code === 'stopped';
    throw isLate ? silentError('C-ECHO', timeoutMs) : thrown;
  }
}

const refused = (reason: string) => new RohrpostError('dicom-echo-refused', { details: { reason } });
