/** Every bound of updates and of what the operator is told, each with its reason. */

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const updateLimits = {
  /** A channel's index: some 64 releases with their notes in two languages, and base64 around it. */
  index_bytes: 1 * MIB,
  /** An operator keeps a handful for each of three products. */
  releases: 200,
  note_characters: 8_000,
  /** One is the rule; two while a signer is changed. */
  signatures: 4,
  /** Signer, perhaps one authority between, and the root, which some send along. */
  certificates: 3,
  /** An RSA-4096 certificate has some 2 KiB. */
  certificate_bytes: 16 * KIB,
  /** Roots of an image: the old and the new while they are changed; and those of an operator with two houses. */
  roots: 16,
  rsa_bits: 3_072,
  /** A replayed index dies of age; who publishes less often than this renews the signature. */
  index_age_days: 30,
  /** Clocks of the signer and the box may differ so much. */
  clock_skew_ms: 1 * DAY,

  connect_ms: 20_000,
  /** A whole request of the channel: a megabyte over 64 kbit/s, twice. */
  request_ms: 5 * MINUTE,
  /** A server that sends nothing for so long has stalled. */
  idle_ms: 30_000,
  headers_bytes: 16 * KIB,
  /** An answer to a report that nobody reads. */
  answer_bytes: 64 * KIB,

  /** Boxes look once an hour, each at its own minute. */
  poll_ms: 1 * HOUR,
  /** The first look after a start: when network and clock are there, and not all at once after a power cut. */
  first_poll_ms: 1 * MINUTE,
  first_poll_spread_ms: 4 * MINUTE,
  /** After a failure: soon, then seldom; and as long as a server asks for, within a day. */
  retry_first_ms: 5 * MINUTE,
  retry_most_ms: 4 * HOUR,
  retry_after_most_ms: 1 * DAY,

  /** What is due is looked at so often, while nothing wakes it. */
  look_ms: 30_000,
  /** Nothing is installed so soon after the start: people may be at it, and a box that falls over shall not also update. */
  settle_ms: 10 * MINUTE,
  /** What was broken off is tried again; RAUC takes up what it had written. */
  install_first_ms: 2 * MINUTE,
  install_most_ms: 1 * HOUR,
  /** An installation that was broken off by a restart so often is the cause of it. */
  interruptions: 3,
  /** The system is asked for a restart again, should it not have come. */
  restart_ms: 10 * MINUTE,
  /** Where something has stood for so long, it waits for somebody else, and a restart does not disturb it. */
  moving_ms: 6 * HOUR,
  /** Movements of each kind that are looked at: old ones that wait must not hide those that move. */
  movements: 200,
  history: 20,
  failed: 20,
  state_bytes: 256 * KIB,

  /** An uploaded bundle: twice what a slot holds. */
  upload_bytes: 2 * GIB,
  /** Kept free beside an upload, for studies that come meanwhile. */
  upload_reserve_bytes: 1 * GIB,
  /** An upload that brings nothing for so long is given up. */
  upload_idle_ms: 60_000,
  /** Progress is told to listeners at most so often. */
  progress_ms: 500,

  /** The operator hears of a box once a day, even if nothing happens: one that is silent longer is away. */
  report_ms: 1 * DAY,
  /** Another colour is told at most so often: a line that comes and goes shall not fill anybody's table. */
  report_health_ms: 1 * HOUR,
  report_first_ms: 1 * MINUTE,
  report_most_ms: 2 * HOUR,
  /** Settings of the operator, baked into the image. */
  operator_bytes: 64 * KIB,
} as const;

/** `updateLimits` as tests and the simulation may set them. */
export type UpdateLimits = Readonly<Record<keyof typeof updateLimits, number>>;
