import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What a service manager would hear. */
export interface NotifySocket {
  readonly path: string;
  /** Each message as it came, its lines joined by blanks. */
  heard(): string[];
  close(): Promise<void>;
}

/** As PID 1 listens (sd_notify(3)): a datagram socket below AF_UNIX; the descriptor of a barrier is closed at once. */
const SCRIPT = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('open', flush=True)
while True:
    data, fds, _, _ = socket.recv_fds(s, 65536, 4)
    for fd in fds: os.close(fd)
    print(data.decode().replace('\\n', ' ').strip(), flush=True)
`;

/** Opens `notify` in a folder that the caller removes. */
export async function openNotifySocket(folder: string): Promise<NotifySocket> {
  const path = join(folder, 'notify');
  const child = spawn('/usr/bin/python3', ['-I', '-c', SCRIPT, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  return {
    path,
    heard: () =>
      text
        .split('\n')
        .slice(1, -1)
        .filter((line) => line !== 'BARRIER=1'),
    close: async () => {
      const ended = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGKILL')) await ended;
    },
  };
}
