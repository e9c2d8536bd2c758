import { RohrpostError } from '../../src/core/errors.ts';
import { sha256 } from '../../src/core/ids.ts';
import type { UpdateState, Updates } from '../../src/update/updates.ts';

/** Updates without a channel and a machine: what was asked is kept, and what is so is the test's to say. */
export interface FakeUpdates extends Updates {
  /** What was asked for, the oldest first. */
  readonly asked: unknown[][];
  /** Is so from now on; whoever listens is told. */
  set(more: Partial<UpdateState>): void;
  /** The next act fails. */
  failNext(error: RohrpostError): void;
  /** Bytes of bundles that came, whole. */
  readonly taken: Buffer[];
  /** How large a bundle may be. */
  most_bytes: number;
}

export const QUIET: UpdateState = {
  box: '0123456789abcdefghij',
  running: { version: '1.0.0', slot: 'A', product: 'rohrpost-amd64', variant: 'release', trial: false },
  channel: { url: 'https://updates.example/stable/', by: 'operator' },
  operator: 'Praxisdienst Beispiel',
  automatic: true,
  phase: 'idle',
  offered: null,
  progress: null,
  installed: null,
  waiting: null,
  trouble: null,
  lastCheck: null,
  nextCheck_ms: null,
  failed: [],
  history: [],
  report: null,
};

/** @param more what differs from a box on which nothing happens */
export function fakeUpdates(more: Partial<UpdateState> = {}): FakeUpdates {
  let state: UpdateState = { ...QUIET, ...more };
  let failure: RohrpostError | null = null;
  const listeners = new Set<() => void>();
  const asked: unknown[][] = [];
  const act = async (...request: unknown[]) => {
    asked.push(request);
    const thrown = failure;
    failure = null;
    if (thrown) throw thrown;
  };
  const fake: FakeUpdates = {
    asked,
    taken: [],
    most_bytes: 10_000_000,
    set: (changed) => {
      state = { ...state, ...changed };
      for (const listener of listeners) listener();
    },
    failNext: (error) => {
      failure = error;
    },
    state: () => state,
    check: () => act('check'),
    installNow: (o) => act('install', o),
    restartNow: () => act('restart'),
    tryAgain: (version) => act('try-again', version),
    takeUpload: async (bytes, size_bytes) => {
      await act('upload', size_bytes);
      if ((size_bytes ?? 0) > fake.most_bytes) {
        throw new RohrpostError('update-too-large', { details: { limit_bytes: fake.most_bytes } });
      }
      const chunks: Uint8Array[] = [];
      for await (const chunk of bytes) chunks.push(chunk);
      const whole = Buffer.concat(chunks);
      fake.taken.push(whole);
      return { file: `upload-${fake.taken.length}.raucb`, size_bytes: whole.length, sha256: sha256(whole) };
    },
    installFile: (file, o) => act('install-file', file, o),
    reportNow: () => act('report'),
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop: async () => {},
  };
  return fake;
}
