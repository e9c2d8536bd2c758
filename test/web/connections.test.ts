import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { boundConnections } from '../../src/web/connections.ts';

let server: Server;
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.close();
});

async function open(most: number, most_per_peer: number): Promise<void> {
  server = createServer((socket) => socket.on('error', () => {}));
  boundConnections(server, { most, most_per_peer, own: 1, isOwn: (address) => address === '127.0.0.1' });
  server.on('connection', (socket) => socket.destroyed || socket.write('hello'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

/** Whether somebody at that address is let in, and stays. */
async function comes(localAddress: string): Promise<boolean> {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  sockets.push(socket);
  socket.on('error', () => {});
  return Promise.race([once(socket, 'data').then(() => true), once(socket, 'close').then(() => false)]);
}

test('one address cannot take all connections, and gets others once it lets some go', async () => {
  await open(10, 2);
  expect([await comes('127.0.0.2'), await comes('127.0.0.2'), await comes('127.0.0.2')]).toEqual([true, true, false]);
  expect(await comes('127.0.0.3')).toBe(true);
  sockets[0]!.destroy();
  await expect.poll(() => comes('127.0.0.2')).toBe(true);
});

test('all others together leave the machine itself a connection: its health gate asks the page', async () => {
  await open(2, 2);
  expect([await comes('127.0.0.2'), await comes('127.0.0.3'), await comes('127.0.0.4')]).toEqual([true, true, false]);
  expect(await comes('127.0.0.1')).toBe(true);
});
