import type { ErrorCode } from '../core/errors.ts';

/** What the process tells whoever started it; sysexits(3) where it has a number for it. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** EX_SOFTWARE: a bug. */
  internal: 70,
  /** EX_TEMPFAIL: not now. */
  later: 75,
  /** EX_CONFIG: the box cannot start with these settings. */
  settings: 78,
} as const;

const LATER: ReadonlySet<ErrorCode> = new Set(['store-in-use', 'config-busy', 'act-at-work', 'stopped']);

export function exitOf(code: ErrorCode): number {
  if (code === 'internal') return EXIT.internal;
  return LATER.has(code) ? EXIT.later : EXIT.failed;
}

/** A command that was given wrongly; the message is in the operator's language. */
export class UsageError extends Error {}
