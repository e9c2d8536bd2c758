import type { Progress } from '../appliance/words.ts';
import type { UpdateResult } from './words.ts';

/** What updates a box: it looks at the channel, installs, restarts when that disturbs nobody, and tells the operator. */
export interface Updates {
  /** How everything is, from memory. */
  state(): UpdateState;
  /** Looks at the channel now. @throws RohrpostError update-no-channel, and why it could not: update-… */
  check(): Promise<void>;
  /**
   * Installs what is offered, whatever the window says; comes back once that has begun. The restart waits for its time, unless
   * `restart` says now.
   * @throws RohrpostError update-nothing-offered, update-busy, update-clock
   */
  installNow(o?: { restart?: boolean }): Promise<void>;
  /** Restarts into what is installed, also while studies move. @throws RohrpostError update-nothing-installed */
  restartNow(): Promise<void>;
  /** A version that failed here may be offered again. @throws RohrpostError update-not-failed */
  tryAgain(version: string): Promise<void>;
  /**
   * Takes in a bundle that somebody uploads, as it streams; what broke off is removed. One at a time.
   * @param size_bytes as announced; null where nobody knows
   * @returns its name for `installFile`
   * @throws RohrpostError update-busy, update-too-large, update-upload-broken, disk-full, disk-error
   */
  takeUpload(bytes: AsyncIterable<Uint8Array>, size_bytes: number | null): Promise<UploadedBundle>;
  /**
   * Installs an uploaded bundle; comes back once that has begun. The restart waits for its time, unless `restart` says now.
   * @throws RohrpostError not-found, update-busy
   */
  installFile(file: string, o?: { restart?: boolean }): Promise<void>;
  /** Sends a report to the operator now. @throws RohrpostError update-no-operator, update-report-… */
  reportNow(): Promise<void>;
  /** Calls `listener` after each change of `state()`; gives back what ends that. */
  onChange(listener: () => void): () => void;
  /** Ends what is under way; an installation is left to end by itself or to be begun anew. */
  stop(): Promise<void>;
}

export interface UploadedBundle {
  file: string;
  size_bytes: number;
  sha256: string;
}

export interface UpdateState {
  /** Random, made at the first start: by it stages are drawn. */
  box: string;
  running: { version: string; slot: 'A' | 'B'; product: string; variant: 'release' | 'dev'; trial: boolean };
  /** Null: nowhere to look. */
  channel: { url: string; by: 'settings' | 'operator' } | null;
  /** Whose box it is, as the image says; null: nobody's. */
  operator: string | null;
  automatic: boolean;
  phase: UpdatePhase;
  /** What the channel has for this box; null: nothing newer. */
  offered: Offer | null;
  /** Of what is being installed. */
  progress: Progress | null;
  /** Installed, and what runs after the next start. */
  installed: { version: string; since_ms: number } | null;
  /** What the next step waits for; null: for nothing, or there is none. */
  waiting: Waiting | null;
  /** Why the last installation or restart did not come about; it is tried again. */
  trouble: { code: string; reason: string } | null;
  lastCheck: { at_ms: number; code: string | null; reason: string | null } | null;
  /** When the channel is looked at next. */
  nextCheck_ms: number | null;
  /** Versions that did not work here and are not tried again by themselves. */
  failed: FailedVersion[];
  /** The newest first. */
  history: UpdateEvent[];
  /** The last report to the operator; null: none yet, or nobody wants one. */
  report: { at_ms: number; code: string | null } | null;
}

/** `installed`: written, and waiting for its restart. */
export type UpdatePhase = 'idle' | 'checking' | 'installing' | 'installed' | 'restarting' | 'trial';

export interface Offer {
  version: string;
  notes: { de: string; en: string };
  size_bytes: number;
  /** It is older than what runs, and the operator means it. */
  downgrade: boolean;
  /** The share of boxes that may take it so far. */
  stage_percent: number;
}

export interface Waiting {
  /**
   * `window`: the maintenance window; `study`: a study is under way; `settle`: the box has only just started; `clock`: a clock that
   * is right; `person`: somebody to press the button; `retry`: the next try; `withdrawn`: what is installed has been withdrawn, or
   * its roll-out stopped, and is not started by itself; `trial`: what runs has to prove itself first; `data`: the box has not got
   * its data.
   */
  for: 'window' | 'study' | 'settle' | 'clock' | 'person' | 'retry' | 'withdrawn' | 'trial' | 'data';
  /** Known for `window`, `settle` and `retry`; for `study`: when the window ends. */
  until_ms: number | null;
}

export interface FailedVersion {
  version: string;
  /** Of the one bundle that was refused; null: the version itself did not work. */
  sha256: string | null;
  code: string;
  at_ms: number;
}

export interface UpdateEvent {
  version: string;
  result: UpdateResult;
  /** Why, where it did not work. */
  code: string | null;
  /** The sentence of then, in English, where it has more to say than its code. */
  reason?: string;
  at_ms: number;
  by: 'channel' | 'upload' | 'stick';
}
