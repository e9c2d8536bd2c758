import { signal } from '@preact/signals';

export interface Told {
  readonly id: number;
  readonly tone: 'ok' | 'fail';
  readonly words: string;
}

/** Long enough to be read; what went wrong stays until it is closed. */
const SHOWN_MS = 5_000;
const MOST = 4;

/** What is said at the edge of the page just now. */
export const told = signal<readonly Told[]>([]);

/** Says in passing that something was done, or was not; screen readers say it too. */
export function tell(tone: Told['tone'], words: string): void {
  const entry = { id: Math.max(0, ...told.value.map(({ id }) => id)) + 1, tone, words };
  told.value = [...told.value, entry].slice(-MOST);
  if (tone === 'ok') setTimeout(() => untell(entry.id), SHOWN_MS);
}

export function untell(id: number): void {
  told.value = told.value.filter((entry) => entry.id !== id);
}
