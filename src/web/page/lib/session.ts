import { signal } from '@preact/signals';
import type { Language } from '../../../core/errors.ts';
import type { Role } from '../../route.ts';

/** Who is logged in. */
export interface Session {
  readonly name: string;
  readonly role: Role;
  readonly language: Language;
}

/** What the box tells everybody about itself. */
export interface State {
  readonly claimed: boolean;
  readonly setUp: boolean;
  readonly running: boolean;
  readonly version: string;
  readonly language: Language;
  readonly trouble: { code: string; message: string } | null;
}

/** Null: nobody, so that the log-in is shown, at the same address. */
export const session = signal<Session | null>(null);
/** Null until the box has answered for the first time. */
export const state = signal<State | null>(null);

const ORDER: readonly Role[] = ['viewer', 'operator', 'admin'];

/** May the one who is logged in do what needs this role? */
export function may(least: Role): boolean {
  return session.value !== null && ORDER.indexOf(session.value.role) >= ORDER.indexOf(least);
}

/** The box no longer knows this session: over, logged out elsewhere, or the box has started anew. */
export function forgetSession(): void {
  session.value = null;
}
