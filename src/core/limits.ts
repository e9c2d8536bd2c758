/** Every bound of the box, each with its reason. Units are in the names. */

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

export const dicomLimits = {
  /** We announce this as our maximum P-DATA length. DCMTK sends at most 128 KiB; larger PDUs win nothing. */
  pdu_bytes: 256 * KIB,
  /** A-ASSOCIATE-RQ with 128 contexts of 40 syntaxes stays under 300 KiB. */
  control_pdu_bytes: 1 * MIB,
  /** The largest legal C-STORE-RQ is under 1 KiB. */
  command_bytes: 64 * KIB,
  /** Bytes of one association waiting for the disk before its socket is paused. */
  in_flight_bytes: 4 * MIB,
  /** Header kept in memory for parsing; patient, study and series attributes end long before. */
  header_bytes: 256 * KIB,
  /** Nested sequences deeper than this are hostile; real ones reach 8. */
  header_depth: 32,
  associations: 64,
  associations_per_peer: 16,
  /** Kept free for C-ECHO when data associations fill the cap. */
  associations_reserved: 4,
  /** ARTIM timer, PS3.8 §9.1.5: from connect to A-ASSOCIATE-RQ, and from our last word to the close. */
  artim_ms: 15_000,
  /** A modality may pause between images of one association, but not for ever. */
  idle_ms: 60_000,
  /** Slower than this inside a PDU for `idle_ms` is a stuck or hostile peer. */
  min_rate_bytes_per_s: 512,
  connect_ms: 10_000,
  /** A PACS may think about an object (quality checks, slow archive) before it answers. */
  response_ms: 120_000,
} as const;

export const mailLimits = {
  /** One mail file, whatever way it came. Partners' providers stop far below; direct boxes may go this far. */
  mail_bytes: 8 * GIB,
  /** All header fields of one MIME entity together. */
  header_bytes: 256 * KIB,
  /** Deployed mails nest 3 deep; forwarded and signed ones 6. */
  mime_depth: 12,
  mime_parts: 20_000,
  /** message/partial: count and age of fragments that may wait for each other. */
  fragments: 2_000,
  fragment_age_ms: 7 * 24 * 3_600_000,
  /** SETTOTAL: a study of 20,000 slices is the largest seen. */
  set_parts: 50_000,
  socket_ms: 90_000,
  connect_ms: 20_000,
  /** Bytes per IMAP FETCH: one round trip at 40 ms costs little, memory stays flat. */
  fetch_bytes: 8 * MIB,
  /** RFC 2177: IDLE is renewed before 29 minutes; a poll after each. */
  idle_ms: 9 * 60_000,
  poll_ms: 60_000,
  smtp_connections: 20,
} as const;

export const pgpLimits = {
  /** Decrypted and decompressed bytes of one message. */
  message_bytes: 16 * GIB,
  /** Decompressed over compressed: images reach 20; text 200. Checked once past `ratio_free_bytes`. */
  decompression_ratio: 1_000,
  ratio_free_bytes: 64 * MIB,
  /** PKESK packets before the data: one recipient each by our own rule, a few for partners' archives. */
  recipients: 64,
  packet_depth: 8,
  /** Non-data packets (signatures, session keys) are small. */
  packet_bytes: 64 * KIB,
  /** A partner's clock may be this far ahead of ours. */
  clock_skew_ms: 15 * 60_000,
} as const;

export const shareLimits = {
  /** One smbclient run or one connection. */
  operation_ms: 10 * 60_000,
  connect_ms: 15_000,
  path_characters: 200,
} as const;
