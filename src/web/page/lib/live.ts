import { signal } from '@preact/signals';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, api } from './api.ts';

/** What may change on the box. */
export type Topic = 'rows' | 'settings' | 'accounts' | 'house';

const TOPICS: readonly Topic[] = ['rows', 'settings', 'accounts', 'house'];
/** While a study arrives, rows change many times a second; people read slower. */
const REREAD_MS = 1_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

/** A restart of the box is shorter than this: no word about it. */
const LOST_MS = 4_000;

/** False once the box has stopped telling what changes for longer than a moment. */
export const connected = signal(true);

type Listener = (topic: Topic | 'all') => void;
const listeners = new Set<Listener>();

/** Keeps the one stream of events open while somebody is logged in; gives back what ends it. */
export function watchBox(): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let retry_ms = FIRST_RETRY_MS;
  let lost: ReturnType<typeof setTimeout> | undefined;

  const tell = (topic: Topic | 'all') => {
    for (const listener of [...listeners]) listener(topic);
  };
  const open = () => {
    source = new EventSource('/api/events');
    source.onopen = () => {
      retry_ms = FIRST_RETRY_MS;
      // Whatever happened while nobody listened.
      if (lost !== undefined) tell('all');
      clearTimeout(lost);
      lost = undefined;
      connected.value = true;
    };
    source.onmessage = ({ data }) => {
      const { topic } = JSON.parse(data) as { topic: Topic };
      if (TOPICS.includes(topic)) tell(topic);
    };
    source.onerror = () => {
      source?.close();
      lost ??= setTimeout(() => {
        connected.value = false;
      }, LOST_MS);
      // A stream cannot say why it ended; a plain question can: an ended session leads to the log-in.
      void api.look('/api/session').catch(() => {});
      timer = setTimeout(open, retry_ms);
      retry_ms = Math.min(retry_ms * 2, LAST_RETRY_MS);
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    clearTimeout(lost);
    source?.close();
    connected.value = true;
  };
}

/** Calls `listener` when something of these topics changed, until the component goes. */
export function useChanges(topics: readonly Topic[], listener: () => void): void {
  const latest = useRef(listener);
  latest.current = listener;
  const key = topics.join(' ');
  useEffect(() => {
    const wanted = new Set<string>([...key.split(' '), 'all']);
    const hear: Listener = (topic) => {
      if (wanted.has(topic)) latest.current();
    };
    listeners.add(hear);
    return () => void listeners.delete(hear);
  }, [key]);
}

export interface Live<T> {
  /** What was read last; kept while it is read anew, so that nothing jumps. */
  readonly value: T | undefined;
  readonly error: ApiError | null;
  /** Reads now. */
  reload(): Promise<void>;
}

interface Read<T> {
  readonly path: string;
  readonly value?: T | undefined;
  readonly error: ApiError | null;
}

/**
 * What the API answers at `path` (null: nothing yet), read anew, at most every second, whenever one of the topics changed;
 * `every_ms` besides, for what changes without anybody's doing (a clock, a disk), while the page is in sight.
 */
export function useLive<T>(path: string | null, topics: readonly Topic[], o: { every_ms?: number } = {}): Live<T> {
  const [read, setRead] = useState<Read<T> | null>(null);
  const turn = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const readWith = useCallback(
    async (get: (path: string) => Promise<T>) => {
      clearTimeout(timer.current);
      timer.current = undefined;
      if (path === null) return;
      const mine = ++turn.current;
      try {
        const value = await get(path);
        if (mine === turn.current) setRead({ path, value, error: null });
      } catch (thrown) {
        if (!(thrown instanceof ApiError)) throw thrown;
        if (mine === turn.current) setRead((before) => withError(before, path, thrown));
      }
    },
    [path],
  );
  const reload = useCallback(() => readWith(api.get), [readWith]);
  const look = useCallback(() => readWith(api.look), [readWith]);

  useChanges(topics, () => {
    timer.current ??= setTimeout(() => void look(), REREAD_MS);
  });
  const { every_ms } = o;
  useEffect(() => {
    if (every_ms === undefined) return;
    const beat = setInterval(() => document.hidden || void look(), every_ms);
    return () => clearInterval(beat);
  }, [every_ms, look]);
  useEffect(() => {
    void reload();
    return () => {
      turn.current++;
      clearTimeout(timer.current);
      timer.current = undefined;
    };
  }, [reload]);
  // Another object's values must never stand under this one's name; another page of the same list may, for a moment.
  const current = read !== null && path !== null && pathname(read.path) === pathname(path) ? read : null;
  return { value: current?.value, error: current?.error ?? null, reload };
}

const pathname = (path: string) => path.split('?')[0];

function withError<T>(before: Read<T> | null, path: string, error: ApiError): Read<T> {
  const known = before !== null && pathname(before.path) === pathname(path);
  return { path, value: known ? before.value : undefined, error };
}
