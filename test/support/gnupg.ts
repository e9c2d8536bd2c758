import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// GnuPG with a home of its own, keys without passphrase, and an agent that ends with it.

const DEADLINE_MS = 60_000;

export interface GnupgRun {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** Machine-readable lines, without `[GNUPG:] `. */
  readonly status: readonly string[];
}

export interface Gnupg {
  readonly home: string;
  /** Runs gpg and gives back what came, whatever the exit code. */
  run(args: readonly string[], input?: Uint8Array): Promise<GnupgRun>;
  /** Makes a key that signs and encrypts; gives its fingerprint. */
  generate(uid: string, kind?: 'curve25519' | 'rsa3072' | 'nistp256' | 'brainpool' | 'dsa'): Promise<string>;
  importKey(armored: string): Promise<void>;
  exportPublic(fingerprint: string): Promise<string>;
  exportSecret(fingerprint: string): Promise<string>;
  /** One message, signed by `from` and encrypted to `to`; `args` come first (`--armor`, `--compress-algo zip`). */
  encryptSign(data: Uint8Array, from: string, to: string, args?: readonly string[]): Promise<Buffer>;
  /** Decrypts and verifies; throws with gpg's words when it complains. */
  decrypt(message: Uint8Array): Promise<{ plain: Buffer; signedBy: string | null }>;
  /** An armored detached signature. */
  signDetached(data: Uint8Array, from: string, args?: readonly string[]): Promise<string>;
  /** The fingerprint of the primary key whose detached signature is good; throws when it is not. */
  verifyDetached(data: Uint8Array, signature: string): Promise<string>;
  stop(): Promise<void>;
}

/** A fresh GnuPG home. `stop()` ends its agent and removes it. */
export async function startGnupg(): Promise<Gnupg> {
  const home = await mkdtemp(join(tmpdir(), 'gpg-')); // Short: the agent's socket path must stay under 108 bytes.
  const run: Gnupg['run'] = (args, input) =>
    runProcess('gpg', ['--homedir', home, '--batch', '--yes', '--no-tty', '--status-fd', '2', ...args], input);

  const must = async (args: readonly string[], input?: Uint8Array): Promise<GnupgRun> => {
    const result = await run(args, input);
    if (result.code !== 0) throw new Error(`gpg ${args.join(' ')}: ${result.stderr}`);
    return result;
  };

  return {
    home,
    run,
    async generate(uid, kind = 'curve25519') {
      const result = await must(['--generate-key'], Buffer.from(parameters(uid, kind)));
      return statusField(result, 'KEY_CREATED', -1)!;
    },
    async importKey(armored) {
      await must(['--import'], Buffer.from(armored));
    },
    async exportPublic(fingerprint) {
      return (await must(['--armor', '--export', fingerprint])).stdout.toString();
    },
    async exportSecret(fingerprint) {
      return (await must(['--armor', ...silently, '--export-secret-keys', fingerprint])).stdout.toString();
    },
    async encryptSign(data, from, to, args = []) {
      const who = ['--trust-model', 'always', '--local-user', from, '--recipient', to];
      return (await must([...args, ...silently, ...who, '--sign', '--encrypt'], data)).stdout;
    },
    async decrypt(message) {
      const result = await must([...silently, '--decrypt'], message);
      return { plain: result.stdout, signedBy: statusField(result, 'VALIDSIG', -1) };
    },
    async signDetached(data, from, args = []) {
      const who = ['--armor', '--local-user', from];
      return (await must([...args, ...silently, ...who, '--detach-sign'], data)).stdout.toString();
    },
    async verifyDetached(data, signature) {
      const path = join(home, 'detached.asc');
      await writeFile(path, signature);
      return statusField(await must(['--verify', path, '-'], data), 'VALIDSIG', -1)!;
    },
    async stop() {
      await runProcess('gpgconf', ['--homedir', home, '--kill', 'all']);
      await rm(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** The keys have no passphrase; this one is for what `--symmetric` adds. */
const silently = ['--pinentry-mode', 'loopback', '--passphrase', 'kennwort'] as const;

function parameters(uid: string, kind: string): string {
  const kinds: Record<string, string> = {
    curve25519: 'Key-Type: EDDSA\nKey-Curve: ed25519\nSubkey-Type: ECDH\nSubkey-Curve: cv25519',
    rsa3072: 'Key-Type: RSA\nKey-Length: 3072\nSubkey-Type: RSA\nSubkey-Length: 3072',
    nistp256: 'Key-Type: ECDSA\nKey-Curve: nistp256\nSubkey-Type: ECDH\nSubkey-Curve: nistp256',
    brainpool: 'Key-Type: ECDSA\nKey-Curve: brainpoolP256r1\nSubkey-Type: ECDH\nSubkey-Curve: brainpoolP256r1',
    dsa: 'Key-Type: DSA\nKey-Length: 1024\nSubkey-Type: ELG-E\nSubkey-Length: 1024',
  };
  const [, name, email] = /^(.*) <(.*)>$/.exec(uid)!;
  return `%no-protection\n${kinds[kind]}\nName-Real: ${name}\nName-Email: ${email}\nExpire-Date: 0\n%commit\n`;
}

/** A field of a status line; -1 is the last one. */
function statusField(run: GnupgRun, keyword: string, index: number): string | null {
  const line = run.status.find((text) => text.startsWith(`${keyword} `));
  return line?.split(' ').at(index) ?? null;
}

function runProcess(command: string, args: readonly string[], input?: Uint8Array): Promise<GnupgRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: DEADLINE_MS,
      killSignal: 'SIGKILL',
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin.on('error', () => {}); // gpg may stop reading before we stop writing
    child.on('error', reject);
    child.on('close', (code) => {
      const stderr = Buffer.concat(err).toString();
      const status = stderr.split('\n').flatMap((line) => (line.startsWith('[GNUPG:] ') ? [line.slice(9)] : []));
      resolve({ code: code ?? -1, stdout: Buffer.concat(out), stderr, status });
    });
    child.stdin.end(input);
  });
}
