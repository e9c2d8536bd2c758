import { signal } from '@preact/signals';
import type { Language } from '../../../core/errors.ts';
import type { Me } from '../../people/answers.ts';
import type { Role } from '../../route.ts';

/** Who is logged in. */
export type Session = Readonly<Me>;

/** What the box tells everybody about itself. */
export interface State {
  readonly claimed: boolean;
  readonly setUp: boolean;
  /** The wizard was left before its end. */
  readonly unfinished: boolean;
  readonly running: boolean;
  readonly version: string;
  readonly language: Language;
  /** Null where the box runs on a system that is not its own. */
  readonly machine: { name: string; data: 'good' | 'locked' | 'damaged' | 'missing'; moved: boolean } | null;
  readonly trouble: { code: string; message: string } | null;
}

/** Null: nobody, so that the log-in is shown, at the same address. */
export const session = signal<Session | null>(null);
/** Null until the box has answered for the first time. */
export const state = signal<State | null>(null);

/** The version that this page came with. */
const came = signal<string | null>(null);

export function setState(answer: State): void {
  came.value ??= answer.version;
  state.value = answer;
}

/** The box has been updated since this page was loaded. */
export function isOutdated(): boolean {
  return came.value !== null && state.value?.version !== came.value;
}

const ORDER: readonly Role[] = ['viewer', 'operator', 'admin'];

/** May the one who is logged in do what needs this role? */
export function may(least: Role): boolean {
  return session.value !== null && ORDER.indexOf(session.value.role) >= ORDER.indexOf(least);
}

/** What the box wants of this person before anything else, learned from its answer. */
export function owe(code: NonNullable<Session['owes']>): void {
  if (session.value !== null) session.value = { ...session.value, owes: code };
}

/** The box no longer knows this session: over, logged out elsewhere, or the box has started anew. */
export function forgetSession(): void {
  session.value = null;
}
