import type { Waiting } from './updates.ts';
import type { MaintenanceWindow } from './window.ts';

/** Everything that decides what happens next; nothing else does. */
export interface Situation {
  /** Wall clock. */
  now_ms: number;
  clockIsRight: boolean;
  /** The data partition is there, and of this machine. */
  hasData: boolean;
  onTrial: boolean;
  /** Until when it is too soon after the start, by the wall clock. */
  settles_ms: number;
  automatic: boolean;
  whileMoving: boolean;
  window: MaintenanceWindow;
  studiesMove: boolean;
  /** The channel has something for this box. */
  isOffered: boolean;
  /** The next try of an installation that was broken off; 0: none was. */
  retry_ms: number;
  /** Something is written and waits for its restart. */
  isInstalled: boolean;
  /** It is neither withdrawn nor stopped since. */
  isWanted: boolean;
  /** A person said so. */
  installAsked: boolean;
  restartAsked: boolean;
}

export interface Step {
  do: 'install' | 'restart' | 'nothing';
  /** What is waited for, where there is something to do. */
  waiting: Waiting | null;
}

/**
 * What an updating box does now. Writing the other slot disturbs nobody, so it only keeps to the window; the restart also waits
 * until no study is under way. A person may have either at once.
 */
export function nextStep(s: Situation): Step {
  if (!s.isInstalled && !s.isOffered) return { do: 'nothing', waiting: null };
  if (!s.hasData) return wait('data');
  // What runs must prove itself before its other slot, which is the way back, is written.
  if (s.onTrial) return wait('trial');
  return s.isInstalled ? restartStep(s) : installStep(s);
}

function installStep(s: Situation): Step {
  if (!s.clockIsRight) return wait('clock');
  if (!s.installAsked) {
    if (!s.automatic) return wait('person');
    const early = tooEarly(s);
    if (early) return early;
  }
  if (s.now_ms < s.retry_ms) return wait('retry', s.retry_ms);
  return { do: 'install', waiting: null };
}

function restartStep(s: Situation): Step {
  if (s.restartAsked) return { do: 'restart', waiting: null };
  if (!s.isWanted) return wait('withdrawn');
  if (!s.clockIsRight) return wait('clock');
  if (!s.automatic && !s.installAsked) return wait('person');
  const early = tooEarly(s);
  if (early) return early;
  // If they move till then, the next window is waited for.
  if (s.studiesMove && !s.whileMoving) return wait('study', s.window.shuts_ms(s.now_ms));
  return { do: 'restart', waiting: null };
}

function tooEarly(s: Situation): Step | null {
  if (!s.window.isOpen(s.now_ms)) return wait('window', s.window.opens_ms(s.now_ms));
  return s.now_ms < s.settles_ms ? wait('settle', s.settles_ms) : null;
}

function wait(what: Waiting['for'], until_ms: number | null = null): Step {
  const isKnown = until_ms !== null && Number.isFinite(until_ms);
  return { do: 'nothing', waiting: { for: what, until_ms: isKnown ? until_ms : null } };
}
