import { crashLoops } from './crash-loop.ts';

crashLoops(
  'the box is killed while it collects; what it had taken is delivered once, what it had not is still in the mailbox',
  [
    {
      fault: 'F42 kill -9 at fsync, rename and unlink, collecting from Dovecot',
      victim: 'b',
      blow: 'signal=SIGKILL',
      calls: ['fsync', 'fdatasync', 'rename', 'unlink'],
    },
    {
      fault: 'F42 kill -9 at file writes and commands, collecting from Dovecot',
      victim: 'b',
      blow: 'signal=SIGKILL',
      calls: ['pwrite64', 'write', 'writev'],
    },
  ],
  { by: 'mailhost', points: 10 },
);
