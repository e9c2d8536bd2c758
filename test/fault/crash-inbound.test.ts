import { crashLoops } from './crash-loop.ts';

crashLoops('the inbound box is killed at each call; it is started again, and everything is delivered once', [
  { fault: 'F42 kill -9 at fsync, inbound', victim: 'b', blow: 'signal=SIGKILL', calls: ['fsync', 'fdatasync'] },
  {
    fault: 'F42 kill -9 at rename and unlink, inbound',
    victim: 'b',
    blow: 'signal=SIGKILL',
    calls: ['rename', 'unlink', 'mkdir', 'openat'],
  },
  {
    fault: 'F42 F63 kill -9 at file writes, inbound',
    victim: 'b',
    blow: 'signal=SIGKILL',
    calls: ['pwrite64', 'pwritev', 'ftruncate', 'fallocate'],
  },
  {
    fault: 'F42 F63 kill -9 at answers, inbound',
    victim: 'b',
    blow: 'signal=SIGKILL',
    calls: ['write', 'writev', 'sendto', 'sendmsg'],
  },
]);
