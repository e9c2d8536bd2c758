/** Every bound of the appliance's caretaker and of those who talk to it, each with its reason. */

const KIB = 1024;
const MIB = 1024 * KIB;

export const applianceLimits = {
  /** One request: the largest carries a chain of TLS certificates. */
  request_bytes: 64 * KIB,
  /** One line of an answer: a state with some hundred interfaces and addresses. */
  answer_bytes: 256 * KIB,
  /** From the connection to the end of the request's line; both ends are on one machine. */
  request_ms: 5_000,
  connect_ms: 5_000,
  /** What the client waits for a state, and for a change; the caretaker gives up before. Node needs a second on a small box. */
  state_ms: 45_000,
  change_ms: 90_000,
  /** Making a key for the TPM, and trying a recovery key, takes what the key derivation wants. */
  unlock_ms: 300_000,
  /** A bundle of 200 MB over 0.5 Mbit/s takes an hour; three are for the worst lines. */
  install_ms: 3 * 3_600_000,
  /** Reading a bundle's signature and manifest: over the network some round trips. */
  info_ms: 90_000,
  /** One short program of the system; on a busy small box RAUC's service takes some seconds to start. */
  program_ms: 25_000,
  program_unlock_ms: 240_000,
  /** What a program may say: the state of all interfaces. */
  output_bytes: 1 * MIB,
  /** A change waits so long for another one to end. */
  lock_s: 5,
  /** A file from a stick: settings with a few hundred partners; a network. */
  stick_settings_bytes: 1 * MIB,
  stick_network_bytes: 64 * KIB,
  /** Bundles on one stick that are looked at. */
  stick_bundles: 8,
  /** Kept free on the data partition beside a bundle that is copied from a stick. */
  stick_reserve_bytes: 256 * MIB,
  /** What the program listens on beside the page: DICOM, DICOM TLS, SMTP, twice at most; the firewall takes as many. */
  ports: 16,
  /** Name servers that resolvers look at; time servers; search domains. */
  name_servers: 4,
  time_servers: 8,
  search_domains: 6,
} as const;
