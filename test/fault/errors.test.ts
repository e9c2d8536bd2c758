import { crashLoops } from './crash-loop.ts';

const FLUSHES = ['fsync', 'fdatasync'] as const;
const FILES = ['rename', 'unlink', 'mkdir', 'openat'] as const;
const WRITES = ['pwrite64', 'pwritev', 'ftruncate', 'fallocate'] as const;

for (const [victim, line] of [
  ['a', 'outbound'],
  ['b', 'inbound'],
] as const) {
  crashLoops(
    `the ${line} box is told once that its disk failed or is full; what is held for that goes on when released`,
    [
      { fault: `F06 EIO at fsync, ${line}`, victim, blow: 'error=EIO', calls: FLUSHES },
      { fault: `F06 EIO at file writes, ${line}`, victim, blow: 'error=EIO', calls: WRITES },
      { fault: `F04 ENOSPC at file writes, ${line}`, victim, blow: 'error=ENOSPC', calls: WRITES },
      { fault: `F04 ENOSPC at rename, unlink and open, ${line}`, victim, blow: 'error=ENOSPC', calls: FILES },
    ],
  );
}
