/** Reaching a peer: a TCP connection, with TLS where the peer has it. */
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { RohrpostError, reasonOf } from '../core/errors.ts';

export interface DicomPeer {
  readonly host: string;
  readonly port: number;
  readonly calledAe: string;
  readonly callingAe: string;
  readonly tls?: ConnectionOptions;
}

/** A connected socket, TLS included. @throws dicom-connect-failed, dicom-tls-failed, stopped */
export function connected(peer: DicomPeer, timeout_ms: number, signal?: AbortSignal): Promise<Socket> {
  const { host, port } = peer;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new RohrpostError('stopped'));
      return;
    }
    const socket = peer.tls
      ? connectTls({ ...peer.tls, host, port, servername: peer.tls.servername ?? serverName(host) })
      : connect({ host, port });
    socket.setNoDelay(true);
    let code: 'dicom-connect-failed' | 'dicom-tls-failed' = 'dicom-connect-failed';
    const settle = (error?: RohrpostError) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      if (error === undefined) resolve(socket);
      else {
        socket.on('error', () => {});
        socket.destroy();
        reject(error);
      }
    };
    const onError = (cause: unknown) =>
      settle(new RohrpostError(code, { cause, details: { host, port, reason: reasonOf(cause) } }));
    const onAbort = () => settle(new RohrpostError('stopped'));
    const timer = setTimeout(() => onError(new Error(`no connection within ${timeout_ms} ms`)), timeout_ms);
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError);
    if (peer.tls)
      socket.once('connect', () => {
        code = 'dicom-tls-failed';
      });
    socket.once(peer.tls ? 'secureConnect' : 'connect', () => settle());
  });
}

/** The name for SNI, which must not be an IP address (RFC 6066 §3). */
function serverName(host: string): string {
  return /^[\d.]+$|:/.test(host) ? '' : host;
}
