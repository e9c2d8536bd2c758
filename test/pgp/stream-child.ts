import { createHash } from 'node:crypto';
import { armorStream } from '../../src/pgp/armor.ts';
import { generateKey, readPublicKey, unlockOwnKey } from '../../src/pgp/keys.ts';
import { openMessage } from '../../src/pgp/open.ts';
import { sealStream } from '../../src/pgp/seal.ts';

// Seals, armors and opens as many MiB as told in one pass, and prints what memory it took. Run by memory.test.ts.

const MIB = 1 << 20;
const count = Number(process.argv[2]);
const nowMs = Date.now();
const made = await generateKey({ name: 'S', email: 's@t.example', passphrase: 'x', nowMs });
const own = await unlockOwnKey(made.privateArmored, 'x');
const pub = await readPublicKey(made.publicArmored);

const before = createHash('sha256');
const after = createHash('sha256');
let peak_bytes = 0;

async function* source(): AsyncGenerator<Buffer> {
  for (let i = 0; i < count; i++) {
    const chunk = Buffer.alloc(MIB, `${i} `);
    before.update(chunk);
    peak_bytes = Math.max(peak_bytes, process.memoryUsage.rss());
    if (i % 8 === 0) await new Promise(setImmediate);
    yield chunk;
  }
}

global.gc?.();
const start_bytes = process.memoryUsage.rss();
const opened = await openMessage(armorStream(sealStream(source(), { to: pub, signer: own, nowMs })), {
  own: [own],
  signers: [pub],
  nowMs,
  write: (chunk) => void after.update(chunk),
});
const isSame = before.digest('hex') === after.digest('hex');
console.log(JSON.stringify({ isSame, sizeBytes: opened.sizeBytes, grown_mib: (peak_bytes - start_bytes) / MIB }));
