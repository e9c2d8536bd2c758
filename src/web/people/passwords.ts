import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { RohrpostError } from '../../core/errors.ts';
import { peopleLimits as limits } from '../../core/people-limits.ts';

const derive = promisify(argon2);

/** Hashes passwords, a few at a time. */
export interface Passwords {
  /** The PHC notation of a password: algorithm, parameters, salt, hash. @throws RohrpostError login-busy */
  hash(password: string): Promise<string>;
  /**
   * Whether the password is the one that was kept. Takes the same time where there is none to compare with (null), so that
   * nobody learns which names exist.
   * @throws RohrpostError login-busy
   */
  verify(password: string, kept: string | null): Promise<boolean>;
}

interface Parameters {
  memory: number;
  passes: number;
  parallelism: number;
}

const NOW: Parameters = {
  memory: limits.hash_memory_kib,
  passes: limits.hash_passes,
  parallelism: limits.hash_lanes,
};
const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;
const NOBODY = phc(NOW, Buffer.alloc(limits.hash_salt_bytes), Buffer.alloc(limits.hash_bytes));

/** @param o for tests, which cannot keep forty people waiting */
export function openPasswords(o: { hashings?: number; waiting?: number } = {}): Passwords {
  const atATime = gate(o.hashings ?? limits.hashings, o.waiting ?? limits.hashings_waiting);
  return {
    hash: (password) =>
      atATime(async () => {
        const salt = randomBytes(limits.hash_salt_bytes);
        return phc(NOW, salt, await hashed(password, salt, NOW, limits.hash_bytes));
      }),
    verify: (password, kept) =>
      atATime(async () => {
        const known = parse(kept ?? NOBODY);
        const { parameters, salt, hash } = known ?? parse(NOBODY)!;
        const found = await hashed(password, salt, parameters, hash.length);
        return timingSafeEqual(found, hash) && known !== null && kept !== null;
      }),
  };
}

/** Whether a password was hashed with other parameters than are usual now. */
export function isOutdated(kept: string): boolean {
  const parameters = parse(kept)?.parameters;
  return JSON.stringify(parameters) !== JSON.stringify(NOW);
}

/** Umlauts have two spellings in Unicode, and keyboards differ (NIST SP 800-63B §3.1.1.2). */
function hashed(password: string, nonce: Buffer, o: Parameters, tagLength: number): Promise<Buffer> {
  return derive('argon2id', { message: password.normalize('NFKC'), nonce, ...o, tagLength });
}

/** https://github.com/P-H-C/phc-string-format: base64 without padding. */
function phc({ memory, passes, parallelism }: Parameters, salt: Buffer, hash: Buffer): string {
  const plain = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${plain(salt)}$${plain(hash)}`;
}

function parse(text: string): { parameters: Parameters; salt: Buffer; hash: Buffer } | null {
  const found = PHC.exec(text);
  if (!found) return null;
  const [memory, passes, parallelism] = found.slice(1, 4).map(Number) as [number, number, number];
  const [salt, hash] = found.slice(4).map((part) => Buffer.from(part, 'base64')) as [Buffer, Buffer];
  return { parameters: { memory, passes, parallelism }, salt, hash };
}

/** Lets `most` works run at once, and `waiting` more wait in order. @throws RohrpostError login-busy beyond that */
function gate(most: number, waiting: number) {
  let running = 0;
  const queue: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= most) {
      if (queue.length >= waiting) throw new RohrpostError('login-busy', { details: { seconds: 5 } });
      // Whoever ends hands its place over.
      await new Promise<void>((resolve) => queue.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next) next();
      else running--;
    }
  };
}
