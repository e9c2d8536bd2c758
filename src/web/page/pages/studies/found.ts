import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { StudyLine, StudyList } from '../../../studies/answers.ts';
import { ApiError, api } from '../../lib/api.ts';
import { useChanges } from '../../lib/live.ts';
import { bodyOf, type Wanted } from './search.ts';

/** As many as one answer holds; what is further down the list is not read anew by itself. */
const MOST = 200;
const PAGE = 50;
const REREAD_MS = 1_000;

export interface Found {
  /** Undefined until the box has answered. */
  readonly studies: readonly StudyLine[] | undefined;
  /** Whether there are more. */
  readonly more: boolean;
  readonly error: ApiError | null;
  reload(): Promise<void>;
  loadMore(): Promise<void>;
}

interface Read {
  readonly wanted: Wanted;
  readonly studies?: readonly StudyLine[];
  readonly next: string | null;
  readonly error: ApiError | null;
}

/** The studies that are wanted, read anew while they are on their way. */
export function useFound(wanted: Wanted): Found {
  const [read, setRead] = useState<Read | null>(null);
  const latest = useRef(read);
  latest.current = read;
  const turn = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const ask = useCallback(
    (more: { after?: string; limit: number }) =>
      api.post<StudyList>('/api/studies/search', { ...bodyOf(wanted), ...more }),
    [wanted],
  );
  const reload = useCallback(async () => {
    clearTimeout(timer.current);
    timer.current = undefined;
    const mine = ++turn.current;
    const before = latest.current?.wanted === wanted ? latest.current : null;
    const limit = Math.min(MOST, Math.max(PAGE, before?.studies?.length ?? 0));
    try {
      const { studies, next } = await ask({ limit });
      if (mine === turn.current) setRead(joined(wanted, studies, next, before));
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      if (mine === turn.current) setRead({ wanted, next: null, ...before, error: thrown });
    }
  }, [wanted, ask]);

  useEffect(() => {
    void reload();
    return () => {
      turn.current++;
      clearTimeout(timer.current);
      timer.current = undefined;
    };
  }, [reload]);
  useChanges(['rows', 'settings'], () => {
    timer.current ??= setTimeout(() => void reload(), REREAD_MS);
  });

  const loadMore = async () => {
    const before = latest.current;
    if (!before?.next || !before.studies) return;
    const { studies, next } = await ask({ after: before.next, limit: PAGE });
    const known = new Set(before.studies.map(({ id }) => id));
    setRead({ ...before, studies: [...before.studies, ...studies.filter(({ id }) => !known.has(id))], next });
  };
  // What was found last stays until something else is, so that nothing jumps.
  return { studies: read?.studies, more: Boolean(read?.next), error: read?.error ?? null, reload, loadMore };
}

/** The first of the list anew; behind them what was loaded of the rest, with the place where that ended. */
function joined(wanted: Wanted, studies: StudyLine[], next: string | null, before: Read | null): Read {
  const rest = before?.studies?.slice(MOST) ?? [];
  if (rest.length === 0) return { wanted, studies, next, error: null };
  const known = new Set(studies.map(({ id }) => id));
  return { wanted, studies: [...studies, ...rest.filter(({ id }) => !known.has(id))], next: before!.next, error: null };
}
