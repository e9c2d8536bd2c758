import type { Server, Socket } from 'node:net';
import { webLimits } from '../core/limits.ts';
import { network } from './people/guesses.ts';

export interface ConnectionBounds {
  /** Of all others together, and of one address (of IPv6: one network). */
  most: number;
  most_per_peer: number;
  /** Kept free for the machine itself. */
  own: number;
  isOwn(address: string): boolean;
}

const USUAL: ConnectionBounds = {
  most: webLimits.connections,
  most_per_peer: webLimits.connections_per_peer,
  own: webLimits.connections_own,
  isOwn: (address) => address === '::1' || address.startsWith('127.'),
};

/**
 * Bounds the connections of a server so that one peer cannot take them all, nor all peers those of the machine itself: its health
 * gate asks the page, and must not give an update up because somebody in the network holds connections open.
 */
export function boundConnections(server: Server, { most, most_per_peer, own, isOwn } = USUAL): void {
  const open = new Map<string, number>();
  let total = 0;
  server.maxConnections = most + own;
  server.on('connection', (socket: Socket) => {
    const address = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
    if (isOwn(address)) return;
    const peer = network(address);
    const count = open.get(peer) ?? 0;
    if (total >= most || count >= most_per_peer) return void socket.destroy();
    total++;
    open.set(peer, count + 1);
    socket.once('close', () => {
      total--;
      const left = open.get(peer)! - 1;
      if (left > 0) open.set(peer, left);
      else open.delete(peer);
    });
  });
}
