/** A PACS of a few lines, for machines without DCMTK: `node listener.ts FOLDER PORT` keeps whatever comes. */
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { createFile } from '../../src/core/files.ts';
import { newId } from '../../src/core/ids.ts';
import { openLog } from '../../src/core/log.ts';
import { listenDicom } from '../../src/dicom/scp.ts';

const [folder, port] = process.argv.slice(2) as [string, string];
const listener = await listenDicom({
  host: '127.0.0.1',
  port: Number(port),
  clock: systemClock(),
  log: openLog('warn'),
  admit: () => ({ accept: true }),
  newFile: () => createFile(join(folder, `${newId()}.dcm`)),
  onInstance: async ({ fd }) => {
    closeSync(fd);
    return { status: 0 };
  },
});
process.once('SIGTERM', () => void listener.stop(0));
