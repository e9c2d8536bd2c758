import { createHash, type Hash } from 'node:crypto';

// What a signature over a document hashes, RFC 9580 §5.2.4: salt (version 6), document, the signature's own fields, trailer.

export const BINARY_DOCUMENT = 0x00;
export const TEXT_DOCUMENT = 0x01;

const CR = 0x0d;
const LF = 0x0a;
const CRLF = Buffer.from('\r\n');

/** Hashes a document as it streams by; text documents with their line ends made CRLF. */
export class DocumentHash {
  readonly #hash: Hash;
  readonly #canonical: (chunk: Uint8Array) => Uint8Array;

  /** `hash` is a node:crypto name; `salt` is empty but for version 6 signatures. */
  constructor(signatureType: number, hash: string, salt: Uint8Array = new Uint8Array()) {
    this.#hash = createHash(hash).update(salt);
    this.#canonical = signatureType === TEXT_DOCUMENT ? canonicalLineEnds() : (chunk) => chunk;
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(this.#canonical(chunk));
  }

  /** The digest with the signature's hashed fields (its body up to the hashed subpackets) and trailer. Once. */
  finish(signatureFields: Uint8Array): Buffer {
    const trailer = Buffer.from([signatureFields[0]!, 0xff, 0, 0, 0, 0]);
    trailer.writeUInt32BE(signatureFields.length, 2);
    return this.#hash.update(signatureFields).update(trailer).digest();
  }
}

/** Makes lone line feeds CRLF across chunk borders; what is CRLF already passes uncopied. */
function canonicalLineEnds(): (chunk: Uint8Array) => Uint8Array {
  let endsInCr = false;
  return (chunk) => {
    const pieces: Uint8Array[] = [];
    let from = 0;
    for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, lf + 1)) {
      const isCrlf = lf === 0 ? endsInCr : chunk[lf - 1] === CR;
      if (isCrlf) continue;
      pieces.push(chunk.subarray(from, lf), CRLF);
      from = lf + 1;
    }
    if (chunk.length > 0) endsInCr = chunk.at(-1) === CR;
    return from === 0 ? chunk : Buffer.concat([...pieces, chunk.subarray(from)]);
  };
}
