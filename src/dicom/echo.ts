/**
 * C-ECHO to a peer: the "does it answer" test. dcmjs-dimse speaks it, pinned and silenced; no instance ever passes
 * through that library.
 */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { RohrpostError } from '../core/errors.ts';
import type { DicomPeer } from './connect.ts';
import type { Rejection } from './pdu.ts';
import { abortError, rejectionError, silentError } from './peer-errors.ts';

/** The client closes its socket only politely; for the rest we reach inside. A test notices if this moves. */
interface ClientInside {
  readonly network?: EventEmitter & { readonly socket?: Socket };
}

/**
 * Opens an association for Verification, sends one C-ECHO and releases.
 * @returns the time from connecting to the answer
 * @throws dicom-connect-failed, dicom-association-rejected, dicom-association-busy, dicom-peer-aborted,
 *   dicom-peer-silent (nothing within `timeoutMs`), dicom-connection-lost, dicom-echo-refused
 */
export async function echo(peer: DicomPeer, options: { timeoutMs: number }): Promise<{ ok: true; rtt_ms: number }> {
  // Imported when needed: it brings 30 MB that a box which tests no connection can do without.
  const { default: dimse } = await import('dcmjs-dimse');
  dimse.log.setLevel('silent');
  const client = new dimse.Client();
  const request = new dimse.requests.CEchoRequest();
  client.addRequest(request);
  const began_ms = performance.now();
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const { host, port, callingAe, calledAe } = peer;
      const { timeoutMs } = options;
      timer = setTimeout(() => reject(silentError('C-ECHO', timeoutMs)), timeoutMs);
      let isConnected = false;
      client.on('connected', () => {
        isConnected = true;
      });
      client.on('associationRejected', (rejection: Rejection) => reject(rejectionError(rejection)));
      client.on('networkError', (error: Error) => reject(networkError(peer, isConnected, error.message)));
      client.on('closed', () => reject(networkError(peer, isConnected, 'closed by the peer')));
      request.on('response', (response) => {
        const status = response.getStatus();
        if (status === 0) resolve({ ok: true, rtt_ms: Math.round(performance.now() - began_ms) });
        else reject(new RohrpostError('dicom-echo-refused', { details: { reason: `status ${status.toString(16)}H` } }));
      });
      client.send(host, port, callingAe, calledAe, {
        connectTimeout: timeoutMs,
        associationTimeout: timeoutMs,
        pduTimeout: timeoutMs,
        ...(peer.tls && { securityOptions: securityOptions(peer.tls) }),
      });
      (client as ClientInside).network?.on('abort', ({ source, reason }) => reject(abortError(source, reason)));
    });
  } finally {
    clearTimeout(timer);
    hangUp(client as ClientInside);
  }
}

type SecurityOptions = NonNullable<
  NonNullable<Parameters<InstanceType<typeof import('dcmjs-dimse').Client>['send']>[4]>['securityOptions']
>;

function securityOptions(tls: ConnectionOptions): SecurityOptions {
  const { key, cert, ca, rejectUnauthorized, minVersion, maxVersion, ciphers } = tls;
  return { key, cert, ca, rejectUnauthorized, minVersion, maxVersion, ciphers } as SecurityOptions;
}

/** Lets the release that is under way finish, but leaves no socket behind. */
function hangUp({ network }: ClientInside): void {
  const socket = network?.socket;
  if (socket === undefined || socket.destroyed) return;
  const timer = setTimeout(() => socket.destroy(), RELEASE_MS);
  socket.once('close', () => clearTimeout(timer));
}
const RELEASE_MS = 1_000;

function networkError({ host, port }: DicomPeer, isConnected: boolean, words: string): RohrpostError {
  // The library puts its own words before those of the system.
  const reason = words.replace(/^.* -> /, '').replace(/^Connection error: /, '');
  if (isConnected) return new RohrpostError('dicom-connection-lost', { details: { reason } });
  return new RohrpostError('dicom-connect-failed', { details: { host, port, reason } });
}
