import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writePhantom } from '../../../scripts/phantom.ts';
import { hashFile } from '../../../src/core/files.ts';
import { readPart10 } from '../../../src/dicom/part10.ts';
import { echoscu, runTool } from '../../support/dcmtk.ts';

/**
 * A modality that keeps a book: what the box has answered with success must be at the partner's in the end. What was not, it
 * sends again, as modalities do.
 */
export interface Modality {
  /** Makes a study of so many small images; gives back its files. */
  scan(slices: number): Promise<Study>;
  /** Sends what the box has not acknowledged yet, so many images at most; true when all of it is. */
  send(study: Study, port: number, most?: number): Promise<boolean>;
  /**
   * Sends again and again until the box has acknowledged everything.
   * @param o.slowly one image after the other, with a pause between: the study is under way for minutes
   */
  sendUntilTaken(study: Study, port: () => number, o: { within_ms: number; slowly?: boolean }): Promise<void>;
  echo(port: number): Promise<boolean>;
  /** SOP Instance UID → SHA-256 of the data set, of everything that was acknowledged. */
  acknowledged(): ReadonlyMap<string, string>;
}

export interface Study {
  studyUid: string;
  files: readonly { path: string; sopUid: string; sha256: string }[];
}

/** By which the box knows who is meant: the partner's AE title there. */
export const CALLED = 'KLINIK_B';
const SLICE_PIXELS = 256;
const RUN_MS = 120_000;
const AGAIN_MS = 1_000;
const SLOW_MS = 2_000;

export function startModality(folder: string): Modality {
  const taken = new Map<string, string>();
  let studies = 0;
  const send: Modality['send'] = async ({ files }, port, most = files.length) => {
    const left = files.filter(({ sopUid }) => !taken.has(sopUid)).slice(0, most);
    if (left.length === 0) return true;
    const args = ['-v', '-to', '10', '-td', '60', '-aet', 'CT', '-aec', CALLED, '-xe', '127.0.0.1', String(port)];
    const { output } = await runTool('storescu', [...args, ...left.map(({ path }) => path)], { timeout_ms: RUN_MS });
    // One answer a file, in the order of the files (storescu --verbose).
    const answers = output.split('\n').filter((line) => /Received Store Response|Store Failed/.test(line));
    for (const [index, line] of answers.entries()) {
      const file = left[index];
      if (file && /Received Store Response \(Success\)/.test(line)) taken.set(file.sopUid, file.sha256);
    }
    return files.every(({ sopUid }) => taken.has(sopUid));
  };
  return {
    send,
    scan: async (slices) => {
      const place = join(folder, `study-${++studies}`);
      const { studyUid, paths } = await writePhantom({ folder: place, slices, size: SLICE_PIXELS, seed: studies });
      const files = paths.map(async (path) => {
        const { sopInstanceUid, dataSetOffset } = await readPart10(path);
        return { path, sopUid: sopInstanceUid, sha256: await hashFile(path, dataSetOffset) };
      });
      return { studyUid, files: await Promise.all(files) };
    },
    sendUntilTaken: async (study, port, { within_ms, slowly = false }) => {
      for (const deadline = performance.now() + within_ms; !(await send(study, port(), slowly ? 1 : undefined)); ) {
        if (performance.now() > deadline) throw new Error(`the box did not take the study within ${within_ms} ms`);
        await delay(slowly ? SLOW_MS : AGAIN_MS);
      }
    },
    echo: async (port) => {
      const peer = { port, calledAe: CALLED, args: ['-to', '5', '-ta', '10', '-td', '10'], mayFail: true };
      return (await echoscu({ ...peer, timeout_ms: 15_000 })).code === 0;
    },
    acknowledged: () => taken,
  };
}
