import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** The root shell that development images have on their second serial line; release images have none. */
export interface Shell {
  /** Runs a script to its end. @throws Error when it ends with another code than 0, or takes too long */
  run(script: string, o?: { within_ms?: number }): Promise<string>;
  /** As `run`, whatever the code. */
  tryRun(script: string, o?: { within_ms?: number }): Promise<{ code: number; output: string }>;
  /** Waits until a shell answers. */
  ready(within_ms: number): Promise<void>;
  /** Writes a file there, owned by root. */
  write(path: string, content: string | Buffer): Promise<void>;
  close(): void;
}

/** A command that starts Node.js needs a minute on a machine that is emulated and busy. */
const USUAL_MS = 300_000;
const PROBE_MS = 5_000;
const WRITE_MS = 60_000;
/** A line of a terminal has at most 4,095 characters (termios(3), canonical mode). */
const CHUNK = 3_000;

/** @param path the socket of the second serial line */
export async function openShell(path: string): Promise<Shell> {
  const socket = connect(path);
  await once(socket, 'connect');
  let text = '';
  let count = 0;
  let heard = () => {};
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    heard();
  });
  socket.on('error', () => {});

  const exchange = async (command: string, within_ms: number): Promise<{ code: number; output: string }> => {
    const id = `${++count}`;
    const end = new RegExp(`@END${id} (\\d+)@`);
    text = '';
    // In two halves: the line's own echo must not be taken for the answer.
    socket.write(`\necho "@BEG""IN${id}@"; ${command}; echo "@EN""D${id} $?@"\n`);
    const deadline = performance.now() + within_ms;
    for (;;) {
      const found = end.exec(text);
      if (found) {
        const begin = text.indexOf(`@BEGIN${id}@`);
        const output = text.slice(begin, found.index).replace(/^.*\r?\n/, '');
        return { code: Number(found[1]), output: output.replaceAll('\r', '').trim() };
      }
      const left_ms = deadline - performance.now();
      if (left_ms <= 0) throw new Error(`the shell did not answer within ${within_ms} ms: …${text.slice(-500)}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      heard = resolve;
      await Promise.race([promise, delay(Math.min(left_ms, 500))]);
    }
  };
  const send = async (path: string, content: Buffer) => {
    const encoded = content.toString('base64');
    await exchange(`: > '${path}.b64'`, WRITE_MS);
    for (let at = 0; at < encoded.length; at += CHUNK) {
      await exchange(`printf %s '${encoded.slice(at, at + CHUNK)}' >> '${path}.b64'`, WRITE_MS);
    }
    await exchange(`base64 -d '${path}.b64' > '${path}'; rm '${path}.b64'`, WRITE_MS);
  };
  const tryRun: Shell['tryRun'] = async (script, { within_ms = USUAL_MS } = {}) => {
    await send('/run/test-script', Buffer.from(script));
    return exchange('bash /run/test-script </dev/null 2>&1', within_ms);
  };
  return {
    tryRun,
    run: async (script, o) => {
      const { code, output } = await tryRun(script, o);
      if (code !== 0)
        throw new Error(`in the box: ${script.slice(0, 300)} ended with ${code}: ${output.slice(-2_000)}`);
      return output;
    },
    ready: async (within_ms) => {
      for (const deadline = performance.now() + within_ms; ; ) {
        const isThere = await exchange('true', PROBE_MS).then(
          () => true,
          () => false,
        );
        if (isThere) return;
        if (performance.now() > deadline) throw new Error(`no shell within ${within_ms} ms`);
      }
    },
    write: (path, content) => send(path, Buffer.from(content)),
    close: () => void socket.destroy(),
  };
}
