import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A cable from the host to a machine's second network card: what the user network of QEMU can not carry, every port and multicast. */
export interface Lan {
  readonly tap: string;
  /** For the machine's end of the cable, with the length of its prefix. */
  readonly address: string;
  /** Tries every TCP port of the machine's end; gives back those that take connections, in order. */
  scan(o?: { perSecond?: number }): Promise<number[]>;
  /** Asks by multicast DNS who has a name (RFC 6762); gives back the address that answers with it, or null. */
  resolve(name: string, within_ms: number): Promise<string | null>;
  stop(): Promise<void>;
}

/** Of TEST-NET-2 (RFC 5737), which nobody has. */
const [HERE, THERE, PREFIX] = ['198.51.100.1', '198.51.100.2', 24];
const LAST_PORT = 65_535;
/** An open port answers within milliseconds, closed ones not at all. A SYN that a busy machine loses is sent again after 1 s and 3 s. */
const PORT_MS = 4_000;
const MDNS_PORT = 5_353;
const MDNS_GROUP = 'ff02::fb';

/** Makes a tap device that goes away with `stop`. Needs root and /dev/net/tun. */
export async function openLan(): Promise<Lan> {
  const tap = `rp${process.pid % 100_000}`;
  await run('ip', ['tuntap', 'add', tap, 'mode', 'tap']).catch((cause: unknown) => {
    throw new Error('no tap device: the port scan needs root and /dev/net/tun', { cause });
  });
  await run('ip', ['address', 'add', `${HERE}/${PREFIX}`, 'dev', tap]);
  await run('ip', ['link', 'set', tap, 'up']);
  return {
    tap,
    address: `${THERE}/${PREFIX}`,
    scan: async ({ perSecond = 300 } = {}) => {
      const open: number[] = [];
      const tries: Promise<void>[] = [];
      const batch = Math.ceil(perSecond / 10);
      for (let port = 1; port <= LAST_PORT; port++) {
        tries.push(isOpen(THERE, port).then((answers) => void (answers && open.push(port))));
        if (port % batch === 0) await delay(100);
      }
      await Promise.all(tries);
      return open.sort((one, other) => one - other);
    },
    resolve: (name, within_ms) => ask(tap, name, within_ms),
    stop: async () => void (await run('ip', ['link', 'del', tap])),
  };
}

function isOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answers: boolean) => {
      socket.destroy();
      clearTimeout(late);
      resolve(answers);
    };
    const late = setTimeout(() => end(false), PORT_MS);
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

/** One question for an IPv6 address, with the bit that asks for an answer by unicast (RFC 6762 §5.4). */
async function ask(tap: string, name: string, within_ms: number): Promise<string | null> {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const head = Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const question = Buffer.concat([head, ...labels, Buffer.from([0, 0, 28, 0x80, 1])]);
  const scope = networkInterfaces()[tap]?.find(({ family }) => family === 'IPv6');
  if (!scope) throw new Error(`${tap} has no IPv6 address`);
  const socket = createSocket('udp6');
  try {
    const { promise, resolve } = Promise.withResolvers<string | null>();
    socket.on('message', (message, { address }) => {
      if (message.includes(labels[0]!) && message.readUInt16BE(6) > 0) resolve(address.split('%')[0]!);
    });
    socket.on('error', () => resolve(null));
    const again = () => socket.send(question, MDNS_PORT, `${MDNS_GROUP}%${tap}`);
    const timer = setInterval(again, 1_000);
    again();
    return await Promise.race([promise, delay(within_ms, null)]).finally(() => clearInterval(timer));
  } finally {
    socket.close();
  }
}
