import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import { asRohrpostError, type ErrorCode, RohrpostError } from '../core/errors.ts';
import { diskError, removeFile } from '../core/files.ts';
import { selfTestLimits as limits } from '../core/program-limits.ts';
import { version } from '../core/version.ts';
import { echo } from '../dicom/echo.ts';
import { expectSoundDesk, expectSoundLedger } from '../store/sight.ts';
import { localHost } from './doors.ts';
import { askOwnPage } from './own-page.ts';

/**
 * Whether this program works, asked from outside of it on the machine itself: by it an image proves itself after an update. It never
 * asks the network, a name server or a mail server, or an outage would undo updates.
 */
export interface SelfTest {
  readonly folder: string;
  readonly clock: Clock;
  /** The settings as they are; null where there are none that can be used. */
  settings(): Promise<Settings | null>;
  /** Whether the box worked before the update: what it could not do then, it need not do now. */
  readonly worked: boolean;
}

/** What a box that is set up may say instead of working, and be well all the same. */
const WELL: ReadonlySet<string> = new Set<ErrorCode>([
  // The migration was rehearsed and goes on once this test has said yes.
  'migration-waits',
  // A person must decide; the program is right not to work.
  'box-moved',
]);

/**
 * Looks until everything was well three times in a row, or the time is over.
 * @param o.onRound told after each round: null, or what was wrong
 * @param o.timesEnded how often the program has ended by itself: after some times, nobody waits for it any longer
 * @returns null: healthy; else what was wrong last
 */
export async function selfTest(
  test: SelfTest,
  o: { wait_ms: number; onRound?(found: RohrpostError | null): Promise<void> | void; timesEnded?(): number },
): Promise<RohrpostError | null> {
  const { clock } = test;
  const until_ms = clock.steady() + o.wait_ms;
  let good = 0;
  for (;;) {
    const found = await round(test);
    await o.onRound?.(found);
    good = found ? 0 : good + 1;
    if (good >= limits.rounds) return null;
    const isHopeless = (o.timesEnded?.() ?? 0) >= limits.ends;
    if (found && (isHopeless || clock.steady() >= until_ms)) return found;
    await clock.sleep(limits.pause_ms);
  }
}

/** One look at everything; what is wrong first, is told. */
async function round(test: SelfTest): Promise<RohrpostError | null> {
  const { folder } = test;
  try {
    await within('data folder', () => probeFolder(folder));
    const page = await within('page', (signal) => askOwnPage(folder, { signal }));
    if (page.version !== version) throw new RohrpostError('page-other', { details: { reason: page.version } });
    expectSoundDesk(folder);
    if (!page.setUp || !test.worked) return null;
    expectSoundLedger(folder);
    if (page.trouble && !WELL.has(page.trouble.code)) throw new RohrpostError(page.trouble.code as ErrorCode);
    if (!page.running && !page.trouble) throw new RohrpostError('box-idle');
    if (page.trouble?.code !== 'box-moved') await within('DICOM', () => echoSelf(test));
    return null;
  } catch (thrown) {
    return asRohrpostError(thrown, 'internal');
  }
}

/** Writes, flushes and reads back. @throws RohrpostError disk-full, disk-error */
async function probeFolder(folder: string): Promise<void> {
  const path = join(folder, '.self-test');
  const bytes = randomBytes(limits.probe_bytes);
  try {
    // Left behind by one that was killed.
    await removeFile(path);
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    if (!bytes.equals(await readFile(path))) throw new Error('read back other bytes than were written');
  } catch (thrown) {
    throw diskError(thrown);
  } finally {
    await removeFile(path).catch(() => {});
  }
}

/** C-ECHO to our own port, under our own AE title. */
async function echoSelf(test: SelfTest): Promise<void> {
  const settings = await test.settings();
  if (!settings) throw new RohrpostError('config-missing');
  const { host, port, allow } = settings.dicom;
  const ae = settings.site.ae_title;
  try {
    await echo({ host: localHost(host), port, calledAe: ae, callingAe: ae }, { timeoutMs: limits.check_ms });
  } catch (thrown) {
    const { code } = asRohrpostError(thrown, 'internal');
    // A list of modalities need not have us on it, and a box may be busy with others: whoever refuses is there.
    if (code === 'dicom-association-busy' || (code === 'dicom-association-rejected' && allow.length > 0)) return;
    throw thrown;
  }
}

/** @throws RohrpostError timed-out, and what `check` throws */
async function within<T>(what: string, check: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = AbortSignal.timeout(limits.check_ms);
  const tooLate = new Promise<never>((_, reject) => {
    const give = () => reject(new RohrpostError('timed-out', { details: { timeout_ms: limits.check_ms, what } }));
    late.addEventListener('abort', give, { once: true });
  });
  return Promise.race([check(late), tooLate]);
}
