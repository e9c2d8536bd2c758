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
  command_bytes: 16 * KIB,
  /** Bytes of one association waiting for the disk before its socket is paused. */
  in_flight_bytes: 4 * MIB,
  /** A data set is written piece by piece of about this size, while the network brings the next. */
  write_bytes: 1 * MIB,
  /** What is left of it at the end is written in the thread pool and hashed meanwhile; so little, at once and without the hop. */
  sync_write_bytes: 128 * KIB,
  /** Pieces of one write: tiny fragments must not pile up as objects in memory. 1,024 is the kernel's IOV_MAX. */
  write_pieces: 1_024,
  /** Header kept in memory for parsing. References to thousands of images stand before the patient in presentation states. */
  header_bytes: 1 * MIB,
  /** One value we keep from a header. The longest legal one (LO × a few, PN with three groups) is under 1 KiB. */
  header_value_bytes: 4 * KIB,
  /** What a deflated header may grow to while being read. Deflate reaches 1,032 : 1. */
  inflated_bytes: 16 * MIB,
  /** Nested sequences deeper than this are hostile; real ones reach 8. */
  header_depth: 32,
  /** Open sockets, those before their A-ASSOCIATE-RQ and after our last word included: enough to refuse politely. */
  connections: 256,
  connections_per_peer: 64,
  associations: 64,
  associations_per_peer: 16,
  /** Kept free for C-ECHO when data associations fill the cap. */
  associations_reserved: 4,
  /** ARTIM timer, PS3.8 §9.1.5: from connect to A-ASSOCIATE-RQ, and from our last word to the close. */
  artim_ms: 15_000,
  /** A modality may pause between images of one association, but not for ever. */
  idle_ms: 60_000,
  /** Slower than this inside a message for `idle_ms` is a stuck or hostile peer. */
  min_rate_bytes_per_s: 512,
  connect_ms: 10_000,
  /** A peer's answer to A-ASSOCIATE-RQ; DCMTK's tools wait as long. */
  negotiate_ms: 30_000,
  /** A PACS may think about an object (quality checks, slow archive) before it answers. */
  response_ms: 120_000,
  /** A peer that takes no byte for this long while we send has stalled. */
  send_ms: 60_000,
  /** A peer that asks for smaller P-DATA than this wants headers, not data. DCMTK's least is 4 KiB. */
  peer_pdu_bytes_least: 1_024,
} as const;

/** `dicomLimits` as tests and settings may set them. */
export type DicomLimits = Readonly<Record<keyof typeof dicomLimits, number>>;

export const mailLimits = {
  /** One mail file, whatever way it came. Partners' providers stop far below; direct boxes may go this far. */
  mail_bytes: 8 * GIB,
  /** All header fields of one MIME entity together. */
  header_bytes: 256 * KIB,
  /** Deployed mails nest 3 deep; forwarded and signed ones 6. */
  mime_depth: 12,
  mime_parts: 20_000,
  /** RFC 2046 §5.1.1 allows 70; old senders overdo it a little. */
  boundary_bytes: 200,
  /** A receipt, a bounce report, a detached signature: what is read into memory whole. Real ones stay under 10 KiB. */
  report_bytes: 256 * KIB,
  /** A document's display name: fits a page and any file system. */
  name_characters: 120,
  /** All archives of one mail: entries, expanded bytes, expanded over the mail (images reach 20); the ratio counts past `zip_free_bytes`. */
  zip_entries: 20_000,
  zip_bytes: 16 * GIB,
  zip_ratio: 200,
  zip_free_bytes: 64 * MIB,
  /** message/partial: count and age of fragments that may wait for each other. */
  fragments: 2_000,
  fragment_age_ms: 7 * 24 * 3_600_000,
  /** SETTOTAL: a study of 20,000 slices is the largest seen. */
  set_parts: 50_000,
  /** SETID: our own have 20 characters; portals built theirs from dates and host names. */
  set_id_characters: 128,
  /** A connection on which nothing moves for so long is dead. */
  socket_ms: 90_000,
  /** IMAP: name lookup, TCP and TLS. */
  connect_ms: 20_000,
  /** SMTP: from name lookup to the end of the login. Some servers hold their greeting back for 30 s against spammers. */
  session_ms: 60_000,
  /** RFC 5321 §4.5.3.2.6: a server may take ten minutes over a mail after its final dot (virus scan, slow store). */
  answer_ms: 10 * 60_000,
  /** An SMTP connection is kept for the next mail this long; servers drop idle ones after 1 to 5 minutes. */
  spare_ms: 30_000,
  /** A refused login is not repeated sooner: a hundred waiting mails must not lock the account. */
  auth_pause_ms: 15 * 60_000,
  /** Bytes per IMAP FETCH: a round trip of 40 ms between them costs little; some ten times this is the peak in memory. */
  fetch_bytes: 4 * MIB,
  /** One FETCH of `fetch_bytes`: a line slower than 7 KB/s is as good as dead. */
  fetch_ms: 10 * 60_000,
  /** Headers of so many mails are fetched at a time (each up to `header_bytes`). */
  head_batch: 16,
  /** An IDLE lasts no longer; then NOOP and a look: finds half-dead lines and servers whose IDLE stays silent (RFC 2177: under 29 minutes). */
  poll_ms: 60_000,
  /** Back-off of a lost mailbox connection and of a single mail that fails: doubling from the first to the second. */
  backoff_first_ms: 2_000,
  backoff_last_ms: 5 * 60_000,
  /** Finding the servers of an address: DNS and one small https request; a person waits for it. */
  lookup_ms: 8_000,
  /** A provider's description for mail programs is under 10 KiB. */
  autoconfig_characters: 64 * KIB,
  /** A mail to ourselves: most are there within seconds, greylisting of one's own provider is rare. */
  self_mail_ms: 120_000,
  /** How often the mailbox is looked into for it. */
  self_mail_look_ms: 2_000,
  /** Our SMTP listener: connections in all and from one address. */
  smtp_connections: 20,
  smtp_connections_per_peer: 8,
  /** Our listener: a connection that brings no mail for so long is closed, however busy it looks. */
  smtp_session_ms: 5 * 60_000,
  /** Our listener: a mail that comes slower than this, over `socket_ms`, is a stuck or hostile sender. */
  smtp_min_rate_bytes_per_s: 512,
  /** Our listener at its end: mails in flight may finish for so long. */
  smtp_stop_ms: 5_000,
} as const;

/** For tests, which cannot wait as long as the world can. */
export type MailLimits = { readonly [K in keyof typeof mailLimits]: number };

export const pgpLimits = {
  /** Decrypted and decompressed bytes of one message. */
  message_bytes: 16 * GIB,
  /** Decompressed over compressed: images reach 20; text 200. Checked once past `ratio_free_bytes`. */
  decompression_ratio: 1_000,
  ratio_free_bytes: 64 * MIB,
  /** PKESK packets before the data: one recipient each by our own rule, a few for partners' archives. */
  recipients: 64,
  /** Compressed data within compressed data: nobody needs more than one, a bomb needs two. */
  compression_depth: 2,
  /** Non-data packets (signatures, session keys) are small. */
  packet_bytes: 64 * KIB,
  /** A partner's clock may be this far ahead of ours. */
  clock_skew_ms: 15 * 60_000,
  /** An armored key with photo and many certifications is under 300 KiB. */
  key_characters: 1 * MIB,
  /** Keys that may be looked at in one file or one answer; an address rarely has more than three. */
  keys: 20,
  /** What a key server or web key directory may send: a key with all its certifications, twice. */
  directory_bytes: 2 * MIB,
  /** Name look-up, TLS and answer of a key server; a person waits for it. */
  directory_ms: 15_000,
  /** Text before an armored message, and its header lines: a mail's explanatory words, a comment. */
  armor_head_bytes: 16 * KIB,
  /** From the end of the base64 to the end of the source: checksum, last line, blank lines. */
  armor_tail_bytes: 4 * KIB,
} as const;

export const shareLimits = {
  /** What one operation may take beside the bytes it moves: log-on and answers of a sleeping NAS. */
  operation_ms: 60_000,
  connect_ms: 15_000,
  /** A share slower than this (a bad radio link) counts as away: 2 GiB in two hours. */
  min_rate_bytes_per_s: 300_000,
  /** Windows' classic limit of 260, less the server's own folder. */
  path_characters: 200,
  /** Leaves room for a file name. */
  folder_characters: 150,
  /** The length of a UID (PS3.5 §9.1). */
  segment_characters: 64,
  /** Other files of one name at which something is wrong with the names. */
  names: 20,
  /** What smbclient may say in one run; more is not worth reading. */
  words_bytes: 64 * KIB,
  /** NetBIOS session framing (MS-SMB2 §2.1) allows 16 MiB; answers to us stay under 128 KiB. */
  smb_packet_bytes: 1 * MIB,
} as const;

export const configLimits = {
  /** Saving takes milliseconds; who holds the lock longer is stuck. */
  lock_ms: 5_000,
  /** A lock this old was left behind by a crash, whatever process has its number now. */
  lock_stale_ms: 30_000,
  /** Settings and passwords that were changed by hand or by a command are taken over after at most this. */
  watch_ms: 1_000,
  /** 1,000 partners take 300 KB; a larger file was not written by people. */
  file_bytes: 4 * MIB,
} as const;

export const lineLimits = {
  /** Two fill the cores of the smallest box, and each costs some 30 MB. */
  worker_threads: 2,
  /** Largest mail that our own SMTP listener takes. */
  mail_bytes: mailLimits.mail_bytes,
  /** The widest part number that planning reckons with. */
  parts_per_set: mailLimits.set_parts,
  /** An association under way at shutdown may finish its image. */
  stop_grace_ms: 3_000,
  /** First pause after a failure that may pass by itself. */
  backoff_first_ms: 5_000,
  /** A mail server that is back after a night must not wait longer than this for us. */
  backoff_cap_ms: 15 * 60_000,
  /** A stroke patient's images: try every minute, whatever happened. */
  backoff_urgent_cap_ms: 60_000,
  /** A port or mailbox that could not be opened is tried again so often; what it costs stays in the house. */
  door_again_ms: 15_000,
  /** How far the memory of the ledger's age may lie behind it. */
  mark_ms: 10_000,
  /** Rows changed by the command line (another process) are seen after at most this. */
  look_again_ms: 2_000,
  /** No due time is further ahead (back-off, missing parts); one that is comes from a clock that was set back. */
  longest_wait_ms: 24 * 3_600_000,
  /** Settling may take as long as the settings' longest cap (7 days), a receipt as long as the longest patience (a year). */
  longest_settle_ms: 8 * 24 * 3_600_000,
  longest_confirm_ms: 366 * 24 * 3_600_000,
  /** Urgent studies leave in sets of what came within this, so that a set is not a single slice. */
  urgent_gather_ms: 2_000,
  /** Room that is laid by for a full disk: some thousand rows of the ledger, twice, and as many of the audit. */
  reserve_bytes: 8 * MIB,
  /** Empty files made ahead for instances to come: more than arrive while a batch is made. */
  spare_files: 32,
  /** Instances that share one fsync round and one commit. */
  commit_batch: 64,
  /** A batch mail is no larger than this even where the partner takes more: parts are sealed, sent and opened side by side. */
  batch_bytes: 48 * MIB,
  /** Objects of one batch mail; far below what readers bound. */
  batch_items: 2_000,
  /** How long a mail may take to be sealed or opened: 16 GiB at 5 MB/s. */
  crypto_ms: 3_600_000,
  /** How long one mail may take to be sent: 8 GiB at 1 MB/s. */
  send_ms: 3 * 3_600_000,
  /** How long one association or share transfer to a target may take. */
  deliver_ms: 3_600_000,
  /** Instances of one trip to a target. */
  deliver_batch: 500,
  /** How often one part is sealed and sent anew because the partner could not read it. */
  resend_attempts: 3,
  /** A set with missing parts is complained about after this. */
  set_incomplete_ms: 6 * 3_600_000,
} as const;

export const storeLimits = {
  /** A database up to this size is searched for damage at each start: a second. A larger one where the last box died at work. */
  check_always_bytes: 256 * MIB,
} as const;

export const searchLimits = {
  /** Studies of one answer: the screen of a list, and the most that may be asked for. */
  usual: 50,
  page: 200,
  /** Of each kind in quarantine. Whoever has more has one cause for all of them. */
  quarantine: 200,
} as const;

export const previewLimits = {
  /** A file that is read whole to be drawn: a mammogram has 30 MB. Longer ones are multi-frame objects. */
  file_bytes: 32 * MIB,
  /** Of one frame: a mammogram has 14 million. Drawing takes some 25 bytes for each, 400 MB at most, in a process of its own. */
  pixels: 16_000_000,
  side_pixels: 512,
  /** A picture of `side_pixels`, in three colours and not compressed at all. */
  png_bytes: 1 * MIB,
  /** Drawing takes a second or two, a slow box ten. */
  ms: 20_000,
  /** Whoever asks when so many wait already is told to come again. */
  waiting: 5,
} as const;

export const cliLimits = {
  /** A key with photo and many certifications is under 300 KiB; a password far below. */
  input_bytes: 1 * MIB,
  /** How often a live view looks: quick enough to seem smooth, and a look costs 2 ms. */
  redraw_ms: 500,
  /** How often a trial consignment is asked for its receipt. */
  ask_ms: 200,
  /** Troubles shown at once: a screen of them. */
  troubles: 20,
  /** Rows looked at to find them: a refused study alone can be a thousand. */
  trouble_rows: 2_000,
} as const;

export const backupLimits = {
  /** Keys, passwords and settings take 1 MB; the audit of ten years some 200. */
  file_bytes: 512 * MIB,
  /** What is unpacked from it: text that was compressed. */
  unpacked_bytes: 4 * GIB,
  /** A file as it stands in the archive, piece by piece. */
  piece_bytes: 256 * KIB,
  /** One line of the archive: a piece in base64; a settings file or a password is shorter. */
  line_bytes: 6 * MIB,
  /** Files and passwords: 1,000 partners with ten keys and three certificates each. */
  entries: 20_000,
  /** One file of keys or certificates. */
  small_file_bytes: 1 * MIB,
  /** A passphrase that guards everything the box has. */
  passphrase_characters: 12,
} as const;

export const supportLimits = {
  /** Rows that wait for a person, in a support bundle. */
  troubles: 500,
  /** What the doctor has not found by then, a bundle goes without. */
  doctor_ms: 60_000,
  /** Counting the files of the spool, for the page: a look, not a stock-taking. */
  spool_ms: 1_000,
} as const;

export const logLimits = {
  /** What the page shows of the log without asking the system: the last hours of an ordinary day. */
  last_lines: 5_000,
  /** Lines have some 150 characters; frames of a bug are longer. */
  last_characters: 2 * MIB,
} as const;

/** The page and its API. */
export const healthLimits = {
  /** One test of a connection, a key or a resource: a mail server may take half a minute to greet. */
  check_ms: 40_000,
  /** A PACS that takes longer over a C-ECHO would not take images either. */
  echo_ms: 15_000,
  /** A key or certificate that ends sooner than this is worth a word: partners need weeks to exchange keys. */
  expires_soon_ms: 30 * 24 * 3_600_000,
  /** With so little left it is no remark any more but a fault. */
  expires_now_ms: 7 * 24 * 3_600_000,
  /** A trace of a second box is told for so long; one at work leaves new ones. */
  twin_ms: 24 * 3_600_000,
  /** What was seen go wrong and left no row that shows it is told for so long: a disk that failed, a name that was taken. */
  sighting_ms: 24 * 3_600_000,
  /** What a mail to ourselves may hold once it is decrypted: one line. */
  self_mail_characters: 1_000,
  /** A certificate or key that a draft of settings names: chains of authorities stay under 300 KiB. */
  file_bytes: 1 * MIB,
  /** Storing one small test image: negotiation and a PACS that thinks. */
  store_ms: 40_000,
  /** What a test may take beyond its own deadline, to say what it found. */
  grace_ms: 5_000,
  /** Tests of one kind that people may run at once; others wait their turn or are told to. */
  probes: 4,
  /** Runs of longer tests that are remembered, so that a page that was left can be come back to. */
  runs: 20,
  run_kept_ms: 3_600_000,
  /** How often the lights look at what lies at hand; each look takes milliseconds. */
  look_ms: 10_000,
  /** How often they knock at targets: seldom enough for the log of a PACS. */
  knock_ms: 10 * 60_000,
  /** A command of the system (time service, addresses) that takes longer is not worth waiting for. */
  system_ms: 3_000,
  /** So many kinds of troubles are told apart. */
  troubles: 50,
} as const;

export const webLimits = {
  /** Studies that rules are tried on: a day of a small practice, and a screen of them. */
  rule_studies: 20,
  /** Versions of the settings kept, to tell a second admin what the first changed: a day of eager work. */
  settings_versions: 50,
  /** A JSON body: the settings with 1,000 partners stay under it. Uploads have routes of their own. */
  body_bytes: 2 * MIB,
  /** The same from anybody, such as a log-in: a long password in escapes. Reading millions of brackets takes a moment each time. */
  public_body_bytes: 16 * KIB,
  /** A page with plots asks for a dozen things at once; a script may ask faster than a person. */
  requests_per_minute: 600,
  /** Addresses whose rate is remembered. */
  rate_addresses: 10_000,
  /** Connections: a hundred open pages of a large clinic, six each. */
  connections: 600,
  /** Of one address: a clinic behind one of them, a few dozen pages; and those kept for the machine itself. */
  connections_per_peer: 200,
  connections_own: 20,
  /** From the first byte to the last of a request that is not an upload. */
  request_ms: 60_000,
  /** Open pages that are told of changes. */
  listeners: 200,
  /** One account, on the screens of a whole department. */
  listeners_per_account: 40,
  /** How often rows are looked at while somebody listens. */
  changes_ms: 500,
  /** A sign of life, so that proxies keep the line; and whether the session still holds. */
  heartbeat_ms: 15_000,
  /** What is being answered when the page is shut may take so long. */
  stop_ms: 5_000,
  /** What waits for a listener that does not read. */
  listener_bytes: 64 * KIB,
  /** Of what is under way, so many of each kind are shown with their progress, which is counted for each. */
  moving: 8,
  /** How often the page's certificate is looked at. */
  certificate_ms: 24 * 3_600_000,
  /** A box that cannot start is tried again: at first so soon, at last so seldom. */
  reopen_ms: 5_000,
  reopen_most_ms: 300_000,
} as const;
