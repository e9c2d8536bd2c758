import { createReadStream, createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';

/**
 * What must not be in any image: private keys, tokens, password hashes. An image that is not compressed is looked through as it
 * is; a word that is only spoken of (`BEGIN … PRIVATE KEY` in a program that reads keys) has no body of base64 behind it.
 */
const SECRETS: readonly [name: string, pattern: RegExp][] = [
  ['private key', /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\r?\n(?:[A-Za-z-]+: .*\r?\n)*\r?\n?[A-Za-z0-9+/=]{40,}/g],
  [
    'OpenPGP private key',
    /-----BEGIN PGP PRIVATE KEY BLOCK-----\r?\n(?:[A-Za-z]+: .*\r?\n)*\r?\n?[A-Za-z0-9+/=]{40,}/g,
  ],
  ['OpenSSH private key', /-----BEGIN OPENSSH PRIVATE KEY-----\r?\n[A-Za-z0-9+/=]{40,}/g],
  ['token', /\brp_[A-Za-z0-9_-]{43}\b/g],
  ['token of npm', /_authToken\s*=\s*\S+/g],
  ['password hash', /\$(?:y|6|5|2b|argon2id)\$[A-Za-z0-9./$=,+]{30,}/g],
  ['machine id', /^MACHINE_ID=[0-9a-f]{32}$/gm],
];
/** How the keys begin with which libgnutls tests itself (its lib/crypto-selftests-pk.c): everybody has them. */
const PUBLIC = [
  ...['MEcCAQAwBQYDK2VxBDsEOcUwM3PlIVdd', 'MC4CAQAwBQYDK2VwBCIEIH4WeqmZGZQl', 'MGoCAQAwIQYIKoUDBwEBAQIwFQYJKoUD'],
  ...['MEgCAQAwHwYIKoUDBwEBAQEwEwYHKoUD', 'MEUCAQAwHAYGKoUDAgITMBIGByqFAwIC', 'MHcCAQEEIPAKWV7+pZe9c5EubMNfA'],
  ...['MIIDTQIBAAKCAQEAh60B6yPMRIT7', 'MIIEogIBAAKCAQEA6yCv+BLrRP/d'],
];
const OVERLAP = 8_192;

/** Everything in a file that looks like a secret: what it is, where, and how it begins. */
export async function secretsIn(file: string): Promise<string[]> {
  const found: string[] = [];
  let rest = '';
  let at = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 4 * 1024 * 1024 })) {
    const text = rest + (chunk as Buffer).toString('latin1');
    for (const [name, pattern] of SECRETS) {
      for (const { index, 0: words } of text.matchAll(pattern)) {
        // What lies in the overlap alone was told with the chunk before.
        const isNew = index + words.length > rest.length;
        if (!isNew || PUBLIC.some((known) => words.includes(known))) continue;
        found.push(`${name} at ${at - rest.length + index}: ${words.slice(0, 60)}`);
      }
    }
    at += chunk.length;
    rest = text.slice(-OVERLAP);
  }
  return found;
}

const SECTION_BYTES = 40;

/** The initrd of a kernel image, unpacked: its section `.initrd` (PE/COFF, UAPI.5), which dracut has packed by zstd. */
export async function unpackInitrd(image: string, to: string): Promise<void> {
  const bytes = await readFile(image);
  const header = bytes.readUInt32LE(0x3c);
  const count = bytes.readUInt16LE(header + 6);
  const table = header + 24 + bytes.readUInt16LE(header + 20);
  for (let at = table; at < table + count * SECTION_BYTES; at += SECTION_BYTES) {
    if (bytes.toString('latin1', at, at + 8).replaceAll('\0', '') !== '.initrd') continue;
    const [size, start] = [bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 20)];
    const packed = Readable.from([bytes.subarray(start, start + size)]);
    return pipeline(packed, createZstdDecompress(), createWriteStream(to));
  }
  throw new Error('the kernel image has no initrd');
}
