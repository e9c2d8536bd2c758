import { useCallback, useRef, useState } from 'preact/hooks';
import { ApiError } from './api.ts';
import { tell } from './tell.ts';

export interface Action<Arguments extends unknown[]> {
  /** Does it, once at a time; true when it succeeded. */
  run(...values: Arguments): Promise<boolean>;
  readonly busy: boolean;
  /** What the box said last; for `FormProblems`, and its `problems` for the fields. */
  readonly error: ApiError | null;
  clear(): void;
}

/** Something a person starts: whether it is under way, and what went wrong. */
export function useAction<Arguments extends unknown[]>(
  work: (...values: Arguments) => Promise<unknown>,
): Action<Arguments> {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const latest = useRef(work);
  latest.current = work;
  const running = useRef(false);

  const run = useCallback(async (...values: Arguments) => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    setError(null);
    try {
      await latest.current(...values);
      return true;
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      setError(thrown);
      return false;
    } finally {
      running.current = false;
      setBusy(false);
    }
  }, []);
  return { run, busy, error, clear: useCallback(() => setError(null), []) };
}

/** Does something small that a person started; what the box answers to it beyond success is said in passing. */
export async function attempt(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    tell('fail', thrown.message);
  }
}
