import { type Profiler, Session } from 'node:inspector';

/** What of the program's source has run so far, as V8 counts it, block by block. */
export interface Coverage {
  /** Whether what ran since the last look reached something new; nothing is remembered of it. */
  isNew(): boolean;
  /** The same, and remembered. */
  note(): boolean;
  close(): void;
}

/** Watches the sources of the program itself, in this thread. A look takes a few milliseconds. */
export function watchCoverage(): Coverage {
  const session = new Session();
  session.connect();
  const reached = new Map<string, Uint8Array>();
  const call = <T>(method: string, params?: object): T => {
    // In one's own thread the answer comes before `post` returns.
    let answer: unknown;
    session.post(method, params, (error: Error | null, result?: unknown) => {
      if (error !== null) throw error;
      answer = result;
    });
    return answer as T;
  };
  call('Profiler.enable');
  call('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

  function look(remember: boolean): boolean {
    const { result } = call<Profiler.TakePreciseCoverageReturnType>('Profiler.takePreciseCoverage');
    let found = false;
    for (const { url, functions } of result) {
      if (!url.includes('/src/') || url.includes('/node_modules/')) continue;
      for (const { ranges } of functions)
        found = compare(`${url} ${ranges[0]!.startOffset}`, ranges, remember) || found;
    }
    return found;
  }

  /** The ranges of a function stand from the outer to the inner; each says how often its own text ran. */
  function compare(key: string, ranges: readonly Profiler.CoverageRange[], remember: boolean): boolean {
    const { startOffset, endOffset } = ranges[0]!;
    const ran = new Uint8Array(endOffset - startOffset);
    for (const { startOffset: from, endOffset: to, count } of ranges) {
      ran.fill(count > 0 ? 1 : 0, from - startOffset, to - startOffset);
    }
    const before = reached.get(key);
    const isNew = ran.some((now, at) => now === 1 && before?.[at] !== 1);
    if (isNew && remember) {
      reached.set(
        key,
        ran.map((now, at) => now | (before?.[at] ?? 0)),
      );
    }
    return isNew;
  }

  return { isNew: () => look(false), note: () => look(true), close: () => session.disconnect() };
}
