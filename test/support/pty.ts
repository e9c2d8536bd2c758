import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A command at a pseudo-terminal of 80 by 25, as a text console is, with a keyboard that a test holds. */
export interface Terminal {
  /** Everything that was written to it. */
  written(): string;
  /** What stands on it: the last picture that was drawn from its top left corner. */
  shown(): string;
  /** Types these bytes. */
  type(text: string): void;
  /** Holds a key: the keyboard repeats it 20 times a second. */
  hold(key: string, seconds: number): void;
  /** Tells the command to end. @returns its exit code */
  end(): Promise<number>;
}

const SCRIPT = `
import fcntl, os, pty, select, signal, struct, sys, termios, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 25, 80, 0, 0))
held, until, asked = b'', 0, b''
while True:
    ready, _, _ = select.select([fd, 0], [], [], 0.05)
    if held and time.time() < until: os.write(fd, held)
    if fd in ready:
        try: data = os.read(fd, 65536)
        except OSError: break
        os.write(1, data)
    if 0 in ready:
        data = os.read(0, 65536)
        if not data: os.kill(pid, signal.SIGKILL)
        asked += data
        while b'\\n' in asked:
            line, asked = asked.split(b'\\n', 1)
            what, *words = line.decode().split(' ')
            if what == 'type': os.write(fd, bytes.fromhex(words[0]))
            if what == 'hold': held, until = bytes.fromhex(words[0]), time.time() + float(words[1])
            if what == 'end': os.kill(pid, signal.SIGTERM)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) & 255)
`;

export function openTerminal(command: readonly string[], env: NodeJS.ProcessEnv): Terminal {
  const child = spawn('/usr/bin/python3', ['-I', '-c', SCRIPT, ...command], { env: { ...env, TERM: 'linux' } });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const ended = once(child, 'close');
  const ask = (line: string) => child.stdin.write(`${line}\n`);
  const hex = (typed: string) => Buffer.from(typed).toString('hex');
  return {
    written: () => text,
    shown: () => (text.split('\x1b[H').at(-1) ?? '').replace(/\x1b\[[?0-9;]*[A-Za-z]/g, ''),
    type: (typed) => void ask(`type ${hex(typed)}`),
    hold: (key, seconds) => void ask(`hold ${hex(key)} ${seconds}`),
    end: async () => {
      const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
      ask('end');
      const [code] = (await ended) as [number];
      clearTimeout(late);
      return code;
    },
  };
}
