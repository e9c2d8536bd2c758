import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below what the kernel gives to outgoing connections (ip_local_port_range), which would take a port before its server does. */
const [LOWEST, HIGHEST] = [12_000, 32_000];
const given = new Set<number>();

/** A port on loopback that was free a moment ago, and that nobody in this process was given before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
