import { closeSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/core/clock.ts';
import { createFile } from '../../src/core/files.ts';
import { newId } from '../../src/core/ids.ts';
import { type Log, openLog, silentLog } from '../../src/core/log.ts';
import { type AssociationEnd, type ListenOptions, listenDicom, type ReceivedInstance } from '../../src/dicom/scp.ts';

/** Our listener with an owner that keeps everything in a folder of its own. */
export interface Receiver {
  port: number;
  folder: string;
  received: ReceivedInstance[];
  ends: AssociationEnd[];
  /** The data set as it was stored. */
  dataSet(instance: ReceivedInstance): Promise<Buffer>;
  filesLeft(): Promise<string[]>;
  stop(graceMs?: number): Promise<void>;
}

export async function startReceiver(options: Partial<ListenOptions> = {}): Promise<Receiver> {
  const folder = await mkdtemp(join(tmpdir(), 'receiver-'));
  const received: ReceivedInstance[] = [];
  const ends: AssociationEnd[] = [];
  const listener = await listenDicom({
    host: '127.0.0.1',
    port: 0,
    clock: systemClock(),
    log: silentLog,
    admit: () => ({ accept: true }),
    newFile: () => createFile(join(folder, `${newId()}.dcm`)),
    async onInstance(instance) {
      closeSync(instance.fd);
      received.push(instance);
      return { status: 0 };
    },
    onEnd: (end) => ends.push(end),
    ...options,
  });
  return {
    port: listener.port,
    folder,
    received,
    ends,
    dataSet: async ({ path, dataSetOffset }) => (await readFile(path)).subarray(dataSetOffset),
    filesLeft: () => readdir(folder),
    async stop(graceMs = 0) {
      await listener.stop(graceMs);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until `condition` holds; throws when it does not within the time. */
export async function eventually(condition: () => boolean | Promise<boolean>, within_ms = 5_000): Promise<void> {
  const deadline = performance.now() + within_ms;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${within_ms} ms: ${condition}`);
    await delay(10);
  }
}

/** A log that remembers its lines. */
export function recordingLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { log: openLog('debug', { write: (line: string) => void lines.push(line) }), lines };
}
