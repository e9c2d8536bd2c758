import * as openpgp from 'openpgp';
import { RohrpostError } from '../core/errors.ts';
import { pgpLimits } from '../core/limits.ts';
import { hashName } from './algorithms.ts';
import type { ByteSource } from './bytes.ts';
import { BINARY_DOCUMENT, DocumentHash } from './document-hash.ts';
import type { OwnKey, PublicKey } from './keys.ts';
import { legacyConfig, strictConfig } from './policy.ts';
import {
  parseSignature,
  saltOf,
  signDocument,
  signingPart,
  type VerifiedSignature,
  verifySignature,
} from './signatures.ts';

// Detached signatures for multipart/signed, RFC 3156 §5. The caller gives the signed part's bytes in their canonical form:
// its MIME headers too, all lines ending in CRLF, without the CRLF before the boundary.

/**
 * Signs with SHA-512 (`micalg=pgp-sha512`); gives an armored PGP SIGNATURE block with CRLF line ends.
 * @throws RohrpostError `pgp-key-expired`, `pgp-key-revoked`, `pgp-key-weak`, `pgp-key-unusable`, `pgp-clock-behind-key`
 */
export async function signDetached(data: ByteSource | Uint8Array, signer: OwnKey, nowMs: number): Promise<string> {
  const part = signingPart(signer, nowMs);
  const document = new DocumentHash(BINARY_DOCUMENT, 'sha512');
  for await (const chunk of data instanceof Uint8Array ? [data] : data) document.update(chunk);
  const signature = await signDocument(document, part, nowMs);
  const packets = new openpgp.PacketList<openpgp.SignaturePacket>();
  packets.push(signature);
  return new openpgp.Signature(packets).armor(strictConfig).replaceAll(/\r?\n/g, '\r\n');
}

/**
 * Verifies that exactly one signature, by one of `signers`, fits the data.
 * @throws RohrpostError `pgp-signature-several`, `pgp-malformed`, and those of `verifySignature`
 */
export async function verifyDetached(
  data: ByteSource,
  armoredSignature: string,
  signers: readonly PublicKey[],
  o: { readonly nowMs: number; readonly legacy?: boolean },
): Promise<VerifiedSignature> {
  const legacy = o.legacy ?? false;
  const signature = await readOne(armoredSignature);
  const hash = hashName(signature.hashAlgorithm!, legacy);
  const document = new DocumentHash(signature.signatureType!, hash, saltOf(signature));
  for await (const chunk of data) document.update(chunk);
  return verifySignature(signature, document, { signers, nowMs: o.nowMs, legacy });
}

async function readOne(armoredSignature: string): Promise<openpgp.SignaturePacket> {
  const malformed = (cause?: unknown) =>
    new RohrpostError('pgp-malformed', { cause, details: { reason: 'detached signature' } });
  if (armoredSignature.length > pgpLimits.packet_bytes) throw malformed();
  const { packets } = await openpgp.readSignature({ armoredSignature, config: legacyConfig }).catch((cause) => {
    throw malformed(cause);
  });
  if (packets.length > 1) throw new RohrpostError('pgp-signature-several');
  if (packets.length === 0) throw malformed();
  return parseSignature(Buffer.from(packets[0]!.write()));
}
