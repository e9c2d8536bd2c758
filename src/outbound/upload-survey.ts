import { RohrpostError } from '../core/errors.ts';
import { lineLimits } from '../core/limits.ts';
import { uploadLimits } from '../core/upload-limits.ts';
import type { Found, SurveyJob } from '../workers/survey.ts';
import type { Opened } from './upload-look.ts';
import type { Shelf, Upload } from './upload-shelf.ts';

export interface SurveyorParts {
  /** Looks into uploads, in a thread. */
  survey(job: SurveyJob, signal: AbortSignal): Promise<Found[][]>;
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
  upload: Upload;
  found: Promise<readonly Found[]>;
  resolve(found: readonly Found[]): void;
  reject(error: unknown): void;
  isDone: boolean;
}

/**
 * Looks into uploads, small ones together and one job after the other: whatever people bring, a thread is left for sealing.
 */
export function surveyor(o: SurveyorParts, shelf: Pick<Shelf, 'path' | 'insideFolder'>): Surveyor {
  const surveys = new WeakMap<Upload, Survey>();
  const waiting: Survey[] = [];
  let running: { batch: readonly Survey[]; stop: AbortController } | null = null;
  let isClosed = false;

  const run = async () => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchSize(waiting));
      const stop = new AbortController();
      running = { batch, stop };
      if (isClosed) stop.abort(new RohrpostError('stopped'));
      await surveyBatch(o, shelf, batch, stop);
    }
    running = null;
  };
  const start = (upload: Upload): Survey => {
    const { promise: found, resolve, reject } = Promise.withResolvers<readonly Found[]>();
    const survey: Survey = { upload, found, resolve, reject, isDone: false };
    surveys.set(upload, survey);
    found.then(
      () => {
        survey.isDone = true;
      },
      // The disk's fault passes: whoever asks next has it looked into anew.
      () => surveys.delete(upload),
    );
    waiting.push(survey);
    if (!running) void run();
    return survey;
  };
  const of = (upload: Upload) => (surveys.get(upload) ?? start(upload)).found;
  return {
    of,
    all: (uploads) => Promise.all(uploads.map(async (upload) => ({ upload, found: await of(upload) }))),
    pending: (uploads) => uploads.filter((upload) => surveys.get(upload)?.isDone !== true).length,
    end: (upload) => {
      const at = waiting.findIndex((survey) => survey.upload === upload);
      for (const { reject } of at < 0 ? [] : waiting.splice(at, 1)) reject(new RohrpostError('upload-unknown'));
      // A large one is alone; the small ones beside another are done in a moment.
      if (running?.batch.length === 1 && running.batch[0]!.upload === upload) running.stop.abort();
    },
    close: () => {
      isClosed = true;
      running?.stop.abort(new RohrpostError('stopped'));
    },
  };
}

/** How many of those that wait are one job: a few dozen small files, or one large one, which may be an archive. */
function batchSize(waiting: readonly Survey[]): number {
  let count = 0;
  let bytes = 0;
  for (const { upload } of waiting.slice(0, uploadLimits.survey_files)) {
    bytes += upload.length_bytes;
    if (count > 0 && bytes > uploadLimits.survey_bytes) break;
    count++;
  }
  return count;
}

/** Settles every survey of a batch; where one of several is at fault, each is tried alone. */
async function surveyBatch(
  o: SurveyorParts,
  shelf: Pick<Shelf, 'path' | 'insideFolder'>,
  batch: readonly Survey[],
  stop: AbortController,
): Promise<void> {
  const late = new RohrpostError('timed-out', { details: { timeout_ms: lineLimits.crypto_ms, what: 'survey' } });
  const timer = setTimeout(() => stop.abort(late), lineLimits.crypto_ms);
  const files = batch.map(({ upload: { id, name } }) => ({
    ...{ path: shelf.path(id), name, folder: shelf.insideFolder(id) },
  }));
  try {
    stop.signal.throwIfAborted();
    const found = await o.survey({ files, room_bytes: Math.max(0, o.roomLeft()) }, stop.signal);
    for (const [index, { resolve }] of batch.entries()) resolve(found[index]!);
  } catch (thrown) {
    const error = stop.signal.aborted ? stop.signal.reason : thrown;
    const isOfFile = error instanceof RohrpostError && !['disk-full', 'disk-error', 'stopped'].includes(error.code);
    if (batch.length > 1 && !stop.signal.aborted) {
      for (const one of batch) await surveyBatch(o, shelf, [one], stop);
    } else if (batch.length === 1 && isOfFile) {
      // A file that a thread died of is not sent; the others are.
      const { path, name } = files[0]!;
      batch[0]!.resolve([{ kind: 'refused', path, name, sizeBytes: 0, code: error.code, details: error.details }]);
    } else for (const { reject } of batch) reject(error);
  } finally {
    clearTimeout(timer);
  }
}
