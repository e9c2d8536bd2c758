import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** A client of a line protocol (SMTP) that says exactly what a test wants, right or wrong. */
export interface RawClient {
  socket: Socket;
  /** Sends a line (CRLF added), where one is given, and resolves with the whole reply; 'CLOSED' when the line ends. */
  say(line?: string): Promise<string>;
  /** Sends bytes as they are. */
  raw(bytes: string | Buffer): void;
  upgrade(ca: string): Promise<void>;
  end(): void;
}

/** Connects to 127.0.0.1. With `ca` by TLS, as `localhost`. */
export async function rawClient(port: number, ca?: string): Promise<RawClient> {
  let socket: Socket | TLSSocket =
    ca === undefined
      ? connect(port, '127.0.0.1')
      : connectTls({ port, host: '127.0.0.1', ca, servername: 'localhost' });
  let text = '';
  let closed = false;
  let news = () => {};
  const listen = () => {
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      news();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      closed = true;
      news();
    });
  };
  listen();
  const ready = new AbortController();
  await Promise.race(
    [ca === undefined ? 'connect' : 'secureConnect', 'close'].map((event) => once(socket, event, ready)),
  ).catch(() => {}); // an error, which 'close' follows
  ready.abort();
  const reply = async () => {
    for (;;) {
      const whole = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(text)?.[0];
      if (whole !== undefined) {
        text = text.slice(whole.length);
        return whole.trimEnd();
      }
      if (closed) return 'CLOSED';
      await new Promise<void>((resolve) => {
        news = resolve;
      });
    }
  };
  return {
    get socket() {
      return socket;
    },
    async say(line) {
      if (line !== undefined) socket.write(`${line}\r\n`);
      return reply();
    },
    raw: (bytes) => void socket.write(bytes),
    async upgrade(authority) {
      socket.removeAllListeners();
      socket.on('error', () => {});
      socket = connectTls({ socket, ca: authority, servername: 'localhost' });
      listen();
      await once(socket, 'secureConnect');
    },
    end: () => void socket.destroy(),
  };
}
