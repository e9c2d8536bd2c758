import { RohrpostError } from '../core/errors.ts';
import { lineLimits } from '../core/limits.ts';
import type { Found, SurveyJob } from '../workers/survey.ts';
import type { Opened } from './upload-look.ts';
import type { Shelf, Upload } from './upload-shelf.ts';

export interface SurveyorParts {
  /** Looks into an upload, in a thread. */
  survey(job: SurveyJob, signal: AbortSignal): Promise<Found[]>;
  roomLeft(): number;
}

/** What is in uploads, looked for once each. */
export interface Surveyor {
  /** @throws RohrpostError disk-full, disk-error */
  of(upload: Upload): Promise<readonly Found[]>;
  all(uploads: readonly Upload[]): Promise<Opened[]>;
  /** How many of these are not known yet. */
  pending(uploads: readonly Upload[]): number;
  /** Nobody wants to know any more. */
  end(upload: Upload): void;
  close(): void;
}

interface Survey {
  found: Promise<readonly Found[]>;
  isDone: boolean;
  stop: AbortController;
}

/** Looks into uploads one after the other: a thread is left for sealing, whatever people bring. */
export function surveyor(o: SurveyorParts, shelf: Pick<Shelf, 'path' | 'insideFolder'>): Surveyor {
  const surveys = new WeakMap<Upload, Survey>();
  const running = new Set<Survey>();
  let turn: Promise<unknown> = Promise.resolve();

  const start = (upload: Upload): Survey => {
    const stop = new AbortController();
    const survey: Survey = { found: turn.then(() => look(o, shelf, upload, stop)), isDone: false, stop };
    surveys.set(upload, survey);
    running.add(survey);
    turn = survey.found.then(
      () => {
        survey.isDone = true;
        running.delete(survey);
      },
      () => {
        // The disk's fault passes: whoever asks next has it looked into anew.
        surveys.delete(upload);
        running.delete(survey);
      },
    );
    return survey;
  };
  const of = (upload: Upload) => (surveys.get(upload) ?? start(upload)).found;
  return {
    of,
    all: (uploads) => Promise.all(uploads.map(async (upload) => ({ upload, found: await of(upload) }))),
    pending: (uploads) => uploads.filter((upload) => surveys.get(upload)?.isDone !== true).length,
    end: (upload) => surveys.get(upload)?.stop.abort(),
    close: () => {
      for (const { stop } of running) stop.abort();
    },
  };
}

async function look(
  o: SurveyorParts,
  shelf: Pick<Shelf, 'path' | 'insideFolder'>,
  { id, name }: Upload,
  stop: AbortController,
): Promise<readonly Found[]> {
  stop.signal.throwIfAborted();
  const path = shelf.path(id);
  const late = new RohrpostError('timed-out', { details: { timeout_ms: lineLimits.crypto_ms, what: 'survey' } });
  const timer = setTimeout(() => stop.abort(late), lineLimits.crypto_ms);
  try {
    const room_bytes = Math.max(0, o.roomLeft());
    return await o.survey({ path, name, folder: shelf.insideFolder(id), room_bytes }, stop.signal);
  } catch (thrown) {
    const error = stop.signal.reason === late ? late : thrown;
    if (!(error instanceof RohrpostError) || error.code === 'disk-full' || error.code === 'disk-error') throw error;
    // A file that a thread died of is not sent; the others are.
    return [{ kind: 'refused', path, name, sizeBytes: 0, code: error.code, details: error.details }];
  } finally {
    clearTimeout(timer);
  }
}
