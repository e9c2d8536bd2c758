import { createPrivateKey, type KeyObject, sign, verify, X509Certificate } from 'node:crypto';
import { asRohrpostError, RohrpostError } from '../core/errors.ts';
import { updateLimits } from '../core/update-limits.ts';
import { certificatesOf, expectStrong, trustedKey } from './trust.ts';
import type { Envelope } from './words.ts';

/**
 * Dead Simple Signing Envelope 1.0 (secure-systems-lab/dsse, protocol.md and envelope.md): one JSON file with the payload as it
 * was signed, and signatures over its type and bytes. Instead of key ids, a signature brings its certificates.
 */

/** Pre-authentication encoding (DSSE 1.0, "Signature Definition"): what is signed. */
export function preAuthentication(payloadType: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/**
 * Signs a payload. RSA signs by PKCS #1 v1.5 and P-256 with SHA-256, P-384 with SHA-384; a curve's signature is DER.
 * @param signers each with its private key and its certificates in PEM, its own first; without the root
 * @throws RohrpostError update-signer-untrusted for a weak key, or one that is not the certificate's
 */
export function signEnvelope(
  payloadType: string,
  payload: Uint8Array,
  signers: readonly { key: KeyObject | string; certs: string }[],
): Envelope {
  const signed = preAuthentication(payloadType, payload);
  const signatures = signers.map(({ key, certs }) => {
    const privateKey = typeof key === 'string' ? createPrivateKey(key) : key;
    const chain = certificatesOf(certs);
    expectStrong(privateKey);
    if (!chain[0]?.checkPrivateKey(privateKey)) {
      throw new RohrpostError('update-signer-untrusted', { details: { reason: 'key and certificate do not fit' } });
    }
    return {
      sig: sign(digestFor(privateKey), signed, privateKey).toString('base64'),
      certs: chain.map((certificate) => certificate.toString()),
    };
  });
  return { payloadType, payload: Buffer.from(payload).toString('base64'), signatures };
}

/**
 * The payload of an envelope, once one of its signatures is good and its signer trusted.
 * @throws RohrpostError update-index-unreadable, update-index-unsigned, update-signer-untrusted
 */
export function openEnvelope(
  text: Uint8Array,
  o: { payloadType: string; roots: readonly X509Certificate[]; now_ms: number },
): Buffer {
  const envelope = parseEnvelope(text);
  if (envelope.payloadType !== o.payloadType) throw unreadable('the payload is of another type');
  const payload = bytesOf(envelope.payload);
  const signed = preAuthentication(envelope.payloadType, payload);
  let refusal = new RohrpostError('update-index-unsigned', { details: { reason: 'there is no signature' } });
  for (const { sig, certs } of envelope.signatures) {
    try {
      const key = trustedKey(certs.map(certificateOf), o.roots, o.now_ms);
      if (verify(digestFor(key), signed, key, bytesOf(sig))) return payload;
      refusal = new RohrpostError('update-index-unsigned', { details: { reason: 'the signature does not fit' } });
    } catch (thrown) {
      // What a stranger sends may be a key that the library does not even take.
      refusal = asRohrpostError(thrown, 'update-signer-untrusted');
    }
  }
  throw refusal;
}

function digestFor(key: KeyObject): 'sha256' | 'sha384' {
  return key.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'sha384' : 'sha256';
}

/** An envelope in its form, and of bounded size; nothing of it is trusted yet. */
function parseEnvelope(text: Uint8Array): Envelope {
  if (text.length > updateLimits.index_bytes) throw unreadable('too large');
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch {
    throw unreadable('no JSON');
  }
  if (!isEnvelope(found)) throw unreadable('no signed envelope');
  return found;
}

function isEnvelope(value: unknown): value is Envelope {
  const { payloadType, payload, signatures } = (value ?? {}) as Partial<Envelope>;
  return (
    typeof payloadType === 'string' &&
    typeof payload === 'string' &&
    Array.isArray(signatures) &&
    signatures.length <= updateLimits.signatures &&
    signatures.every(isSignature)
  );
}

function isSignature(value: unknown): boolean {
  const { sig, certs } = (value ?? {}) as Partial<Envelope['signatures'][number]>;
  const isShort = (text: unknown) => typeof text === 'string' && text.length <= updateLimits.certificate_bytes;
  return isShort(sig) && Array.isArray(certs) && certs.length <= updateLimits.certificates && certs.every(isShort);
}

function certificateOf(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new RohrpostError('update-signer-untrusted', { cause: error, details: { reason: 'no certificate' } });
  }
}

/** Base64 and nothing else: node:buffer would skip over what is none, and two texts would be one payload. */
function bytesOf(base64: string): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) throw unreadable('no base64');
  return bytes;
}

function unreadable(reason: string): RohrpostError {
  return new RohrpostError('update-index-unreadable', { details: { reason } });
}
