import type { Desk } from '../store/desk.ts';

const NAME = 'stick-settings';

/** What became of settings that a stick brought. */
export interface StickNote {
  /** `refused`: the box has an owner or settings already. */
  readonly outcome: 'taken' | 'unusable' | 'refused';
  /** What is wrong with them, never with a value. */
  readonly problems: readonly { readonly de: string; readonly en: string }[];
  readonly at_ms: number;
}

export function rememberStick(desk: Pick<Desk, 'setup'>, note: StickNote): void {
  desk.setup.set(NAME, JSON.stringify(note));
}

/** Null: no stick has brought any. */
export function stickNote(desk: { setup: Pick<Desk['setup'], 'get'> }): StickNote | null {
  const text = desk.setup.get(NAME);
  return text === undefined ? null : (JSON.parse(text) as StickNote);
}
