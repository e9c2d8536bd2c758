import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { connect, type TLSSocket } from 'node:tls';

/** The least that SMTP and IMAP clients can do, over TLS: the floor under any way of moving mails. */

const SOCKET_MS = 60_000;
const CRLF = '\r\n';

interface Server {
  port: number;
  ca: string;
  user: string;
  password: string;
}

/** Posts mail files one after another over one connection. Their lines must not begin with a dot: armored mails' do not. */
export async function injectRaw(
  server: Server,
  o: { from: string; to: string; paths: readonly string[] },
): Promise<void> {
  const line = await open(server);
  const ask = async (command: string, code: string) => {
    line.socket.write(command + CRLF);
    await expectReply(line, code);
  };
  await expectReply(line, '220');
  await ask('EHLO bench.example', '250');
  await ask(`AUTH PLAIN ${Buffer.from(`\0${server.user}\0${server.password}`).toString('base64')}`, '235');
  for (const path of o.paths) {
    await ask(`MAIL FROM:<${o.from}>`, '250');
    await ask(`RCPT TO:<${o.to}>`, '250');
    await ask('DATA', '354');
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      if (!line.socket.write(chunk)) await once(line.socket, 'drain');
    }
    await ask('.', '250');
  }
  await ask('QUIT', '221');
  line.socket.destroy();
}

/** Fetches every mail of a folder, whole, into `newPath(n)`; gives back the paths. */
export async function fetchRaw(server: Server, folder: string, newPath: (n: number) => string): Promise<string[]> {
  const line = await open(server);
  let tag = 0;
  const ask = async (command: string): Promise<string[]> => {
    const name = `t${++tag}`;
    line.socket.write(`${name} ${command}${CRLF}`);
    const answers: string[] = [];
    for (;;) {
      const answer = await line.readLine();
      if (answer.startsWith(`${name} OK`)) return answers;
      if (answer.startsWith(name)) throw new Error(`IMAP: ${answer}`);
      answers.push(answer);
    }
  };
  await line.readLine();
  await ask(`LOGIN "${server.user}" "${server.password}"`);
  const selected = await ask(`SELECT "${folder}"`);
  const count = Number(selected.map((answer) => /^\* (\d+) EXISTS/.exec(answer)?.[1]).find(Boolean) ?? 0);
  const paths: string[] = [];
  for (let n = 1; n <= count; n++) {
    line.socket.write(`f${n} FETCH ${n} BODY.PEEK[]${CRLF}`);
    const size = Number(/\{(\d+)\}$/.exec(await line.readLine())?.[1]);
    const path = newPath(n);
    await line.readInto(path, size);
    for (let rest = ''; !rest.startsWith(`f${n} OK`); ) rest = await line.readLine();
    paths.push(path);
  }
  line.socket.destroy();
  return paths;
}

interface Line {
  socket: TLSSocket;
  readLine(): Promise<string>;
  readInto(path: string, bytes: number): Promise<void>;
}

async function open({ port, ca }: Server): Promise<Line> {
  const socket = connect({ host: '127.0.0.1', port, ca, servername: 'localhost' });
  socket.setNoDelay(true);
  socket.setTimeout(SOCKET_MS, () => socket.destroy(new Error(`port ${port} has been silent for ${SOCKET_MS} ms`)));
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);
  const more = async (): Promise<Buffer> => {
    const { value, done } = await chunks.next();
    if (done) throw new Error(`port ${port} hung up`);
    return value;
  };
  return {
    socket,
    async readLine() {
      for (;;) {
        const end = rest.indexOf(CRLF);
        if (end >= 0) {
          const text = rest.toString('latin1', 0, end);
          rest = rest.subarray(end + CRLF.length);
          return text;
        }
        rest = Buffer.concat([rest, await more()]);
      }
    },
    async readInto(path, bytes) {
      const file = createWriteStream(path);
      for (let missing = bytes; missing > 0; ) {
        if (rest.length === 0) rest = await more();
        const piece = rest.subarray(0, missing);
        rest = rest.subarray(piece.length);
        missing -= piece.length;
        if (!file.write(piece)) await once(file, 'drain');
      }
      await finished(file.end());
    },
  };
}

/** Reads one SMTP reply, all its lines (RFC 5321 §4.2.1). */
async function expectReply(line: Line, code: string): Promise<void> {
  for (;;) {
    const reply = await line.readLine();
    if (!reply.startsWith(code)) throw new Error(`SMTP: ${reply}, expected ${code}`);
    if (reply[3] !== '-') return;
  }
}
