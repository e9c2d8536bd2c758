/** Bounds of how the program behaves as a part of an appliance: migrations, its own test, its screen; each with its reason. */

const MIB = 1024 * 1024;

export const programLimits = {
  /** Whether an image is still on trial is looked at so often; confirming it must not wait for us. */
  trial_look_ms: 1_000,
  /** A migration of the ledger, or its rehearsal: five million rows take some minutes on a small box. */
  migration_ms: 3_600_000,
  /** Kept free beside the copy that a migration is rehearsed on. */
  rehearsal_reserve_bytes: 256 * MIB,
  /** What the copy may grow to while it is migrated, as a share of what it was: a table rewritten, and its log. */
  rehearsal_growth: 2,
} as const;

export const serviceLimits = {
  /** systemd-notify says one line on a socket of the machine itself; PID 1 answers within milliseconds, a box under load within seconds. */
  notify_ms: 10_000,
  /** Words about the state, for `systemctl status`. */
  status_characters: 200,
  /** A station whose work was told to stop and goes on for so long all the same never ends by itself. */
  overrun_ms: 15 * 60_000,
  /** Each station looks for work every two seconds; one that has not for so long never will again. */
  idle_station_ms: 5 * 60_000,
} as const;

export const selfTestLimits = {
  /** One check; all are on this machine, which may be a small one that has only just started, and has much to do then. */
  check_ms: 20_000,
  /** Good rounds in a row: a program that starts, falls and starts again is not healthy between two falls. */
  rounds: 3,
  pause_ms: 1_000,
  /** A program that has ended so often by itself since the machine started will not come up by waiting. */
  ends: 5,
  /** How long to wait for health where nobody says; time to open the doors. */
  wait_s: 60,
  /** An answer of our page about itself. */
  answer_bytes: 64 * 1024,
  /** Written and flushed to see whether the data folder takes it. */
  probe_bytes: 64 * 1024,
} as const;

export const screenLimits = {
  /** How often the picture is looked at anew, and how often while a key is held. */
  look_ms: 2_000,
  key_look_ms: 200,
  /** Drawn anew though nothing changed: the kernel may have written across it. */
  redraw_ms: 60_000,
  /** An answer of our own page; without one the picture says so. */
  page_ms: 1_500,
  /** So long must the key be held: nobody does that by leaning on it for a moment, and nobody tires of it. */
  hold_ms: 10_000,
  /** A keyboard repeats ten times a second and begins after a quarter to a half; a longer pause is a finger that was lifted. */
  gap_ms: 1_000,
  /** Long enough to type a password of twenty letters, twice. */
  password_ms: 5 * 60_000,
  /** What every text console shows. */
  columns: 80,
  rows: 25,
  /** Lines of one sentence. */
  sentence_lines: 4,
  /** Of what a stick brought. */
  stick_bytes: 4 * 1024,
  stick_lines: 4,
} as const;
