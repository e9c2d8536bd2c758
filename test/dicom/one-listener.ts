// Runs as a process of its own, so that its memory is that of a listener and nothing else: `node one-listener.ts FOLDER`. It tells its
// port, and for each line that it reads its highest memory so far.
import { closeSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemClock } from '../../src/core/clock.ts';
import { createFile } from '../../src/core/files.ts';
import { newId } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';
import { listenDicom } from '../../src/dicom/scp.ts';

const folder = process.argv[2]!;
const say = (words: object) => process.stdout.write(`${JSON.stringify(words)}\n`);

const listener = await listenDicom({
  ...{ host: '127.0.0.1', port: 0, clock: systemClock(), log: silentLog },
  admit: () => ({ accept: true }),
  newFile: () => createFile(join(folder, newId())),
  onInstance: async ({ fd, path }) => {
    closeSync(fd);
    unlinkSync(path);
    return { status: 0 };
  },
});
say({ port: listener.port });
for await (const _ of createInterface(process.stdin)) say({ peak_mb: process.resourceUsage().maxRSS / 1024 });
await listener.stop(0);
