import { crashLoops } from './crash-loop.ts';

crashLoops(
  'the outbound box is killed at each call; it is started again, and the modality sends what was not acknowledged',
  [
    { fault: 'F01 F23 kill -9 at fsync, outbound', victim: 'a', blow: 'signal=SIGKILL', calls: ['fsync', 'fdatasync'] },
    {
      fault: 'F01 F23 kill -9 at rename and unlink, outbound',
      victim: 'a',
      blow: 'signal=SIGKILL',
      calls: ['rename', 'unlink', 'mkdir', 'openat'],
    },
    {
      fault: 'F01 F33 kill -9 at file writes, outbound',
      victim: 'a',
      blow: 'signal=SIGKILL',
      calls: ['pwrite64', 'pwritev', 'ftruncate', 'fallocate'],
    },
    {
      fault: 'F02 F33 kill -9 at answers, outbound',
      victim: 'a',
      blow: 'signal=SIGKILL',
      calls: ['write', 'writev', 'sendto', 'sendmsg'],
    },
  ],
);
