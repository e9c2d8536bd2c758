import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A network cable between this machine and a room of its own (a network namespace), which can be pulled. Needs root. */
export interface Cable {
  /** The ends: addresses of this machine and of who is in the room. */
  readonly here: string;
  readonly there: string;
  /** Makes a program that runs another one in the room. */
  wrap(program: string, path: string): Promise<string>;
  /**
   * Makes a port of loopback reachable from the room.
   * @param o.onBytes how many came in all by this relay, towards the server and back
   */
  relay(port: number, o?: { onBytes?(towards: number, back: number): void }): Promise<number>;
  pull(): Promise<void>;
  plug(): Promise<void>;
  stop(): Promise<void>;
}

/** Of TEST-NET-3 (RFC 5737), which nobody has. */
const [HERE, THERE, PREFIX] = ['203.0.113.1', '203.0.113.2', 24];

export async function layCable(): Promise<Cable> {
  const name = `rp-${process.pid % 100_000}`;
  const [ours, theirs] = [`${name}-h`, `${name}-r`];
  const ip = (...args: string[]) => run('ip', args).then(() => {});
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  await ip('netns', 'add', name).catch((cause: unknown) => {
    throw new Error('no network namespace: pulling a cable needs root', { cause });
  });
  const stop = async () => {
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
    await ip('link', 'del', ours).catch(() => {});
    await ip('netns', 'del', name);
  };
  try {
    await ip('link', 'add', ours, 'type', 'veth', 'peer', 'name', theirs, 'netns', name);
    await ip('address', 'add', `${HERE}/${PREFIX}`, 'dev', ours);
    await ip('link', 'set', ours, 'up');
    for (const link of ['lo', theirs]) await ip('-n', name, 'link', 'set', link, 'up');
    await ip('-n', name, 'address', 'add', `${THERE}/${PREFIX}`, 'dev', theirs);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    here: HERE,
    there: THERE,
    wrap: async (program, path) => {
      await writeFile(path, `#!/bin/sh\nexec ip netns exec ${name} '${program}' "$@"\n`);
      await chmod(path, 0o755);
      return path;
    },
    relay: async (port, { onBytes } = {}) => {
      const count = { towards: 0, back: 0 };
      const keep = (socket: Socket) => {
        sockets.add(socket);
        return socket.on('error', () => {}).on('close', () => sockets.delete(socket));
      };
      const server = createServer((near) => {
        const far = keep(connect(port, '127.0.0.1'));
        keep(near).pipe(far).pipe(near);
        near.on('data', (chunk: Buffer) => {
          count.towards += chunk.length;
          onBytes?.(count.towards, count.back);
        });
        far.on('data', (chunk: Buffer) => {
          count.back += chunk.length;
          onBytes?.(count.towards, count.back);
        });
        near.on('close', () => far.destroy());
        far.on('close', () => near.destroy());
      });
      servers.push(server);
      server.listen(0, HERE);
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
    pull: () => ip('link', 'set', ours, 'down'),
    plug: () => ip('link', 'set', ours, 'up'),
    stop,
  };
}
