/** Bounds of what the page does with the machine around the program, each with its reason; all others are in `limits.ts`. */
export const webApplianceLimits = {
  /** Before the network changes, the answer that it will must have left the box. */
  answer_ms: 500,
  /** What applying a change may take until the time to keep it begins. */
  apply_ms: 60_000,
  /** A look at the machine starts a program and asks RAUC: the pages of several people share one. */
  state_ms: 3_000,
  /** After that, the answer about the machine goes without what the caretaker knows. */
  patience_ms: 8_000,
  /** Wrong recovery keys from one network before the first pause; each costs a derivation of some seconds. */
  guesses_unlock: 5,
  /** How often it is looked whether the box listens elsewhere than before: an in-memory look. */
  ports_ms: 1_000,
  /** A caretaker that does not take the ports is asked again, at first so soon, at last so seldom. */
  ports_again_ms: 2_000,
  ports_again_most_ms: 60_000,
  /** A browser that brings no next piece of a bundle for so long has gone. */
  piece_idle_ms: 60_000,
  /** One piece: a minute over 1 Mbit/s; the page sends smaller ones. */
  piece_bytes: 8 * 1024 * 1024,
} as const;
