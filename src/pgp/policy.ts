import * as openpgp from 'openpgp';

// What openpgp is allowed to accept. Strict is for everyone; legacy for partners whom the operator has marked as unsafe
// (keys and programs of 2005). Dates are never left to openpgp: see usability.ts.

const common: openpgp.PartialConfig = {
  // Keys of old programs carry no flags and may then do what their algorithm can, as GnuPG has it.
  allowMissingKeyFlags: true,
  // One odd packet (a new algorithm, a strange session key) must not hide the ones for us.
  ignoreUnsupportedPackets: true,
  ignoreMalformedPackets: true,
  showVersion: false,
  showComment: false,
};

export const strictConfig: openpgp.Config = { ...openpgp.config, ...common };

export const legacyConfig: openpgp.Config = {
  ...strictConfig,
  rejectHashAlgorithms: new Set([openpgp.enums.hash.md5]),
  rejectMessageHashAlgorithms: new Set([openpgp.enums.hash.md5]),
  rejectPublicKeyAlgorithms: new Set(),
  rejectCurves: new Set(),
  minRSABits: 1024,
};

/** Version 4 keys of the algorithms that GnuPG 2.2 knows, without the mark for version 2 encryption, which it cannot read. */
export const ownKeyConfig: openpgp.PartialConfig = {
  ...common,
  v6Keys: false,
  aeadProtect: false,
  // 32 MiB of SHA-256 per guess, and as much memory while a key is unlocked.
  s2kIterationCountByte: 240,
};

/** openpgp's way to say "at any time". Its types do not know it, its code and documentation do. */
export const ANY_TIME = null as unknown as Date;
