/** Bounds of who may come in: passwords, sessions, guesses, tokens, the audit. */
export const peopleLimits = {
  /**
   * argon2id (RFC 9106): a third more than OWASP's least (19 MiB, 2 passes); 0.1 s on a small box, and little enough memory
   * that two at once do not push studies out. Kept with each password, so that it can be raised.
   */
  hash_memory_kib: 32 * 1024,
  hash_passes: 3,
  hash_lanes: 1,
  hash_bytes: 32,
  hash_salt_bytes: 16,
  /** Two of the four threads that also flush studies to disk. */
  hashings: 2,
  /** Log-ins that wait for their hashing: 2 s of work. */
  hashings_waiting: 40,
  password_characters_least: 12,
  /** A long sentence. */
  password_characters: 200,
  /** Of what remains of a password without names and usual words. */
  password_different_characters: 5,
  /** A page that nobody uses for so long is logged out; and whoever works on, after a working day. */
  session_idle_ms: 30 * 60_000,
  session_most_ms: 12 * 3_600_000,
  /** How exactly it is known when somebody was last here: each time is a write. */
  session_touch_ms: 30_000,
  /** Devices of one person; the oldest ends. */
  sessions_per_account: 20,
  agent_characters: 200,
  accounts: 200,
  tokens_per_account: 50,
  token_days: 730,
  /** A token from the future: the clock was set back by more than an ordinary correction. */
  token_skew_ms: 24 * 3_600_000,
  /** Wrong log-ins before the first pause: at one account or known desk, and from one address (many people behind it). */
  guesses_account: 5,
  guesses_address: 20,
  /** Doubling pauses, from the first to the last: 96 guesses a day are hopeless against 12 characters, and nobody waits for ever. */
  guess_first_ms: 2_000,
  guess_most_ms: 15 * 60_000,
  /** Counters are forgotten after a quiet day. */
  guess_forget_ms: 24 * 3_600_000,
  /** Counters kept: a network of addresses that all guess. */
  guess_rows: 10_000,
  known_addresses: 20,
  /** Wrong pairing codes from one network before the first pause. */
  guesses_pairing: 3,
  recovery_codes: 10,
  /** Time steps before and after now whose code is taken (RFC 6238 §5.2). */
  totp_steps: 1,
  audit_page: 100,
  audit_page_most: 500,
  /** Rows read or checked at a time, between which others have their turn: some 10 ms. */
  audit_slice: 1_000,
  /** The chain is checked, and its end written to the log, so often. */
  audit_check_ms: 24 * 3_600_000,
} as const;
