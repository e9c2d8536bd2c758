import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A key and its certificate, and those above it up to below the root, in PEM. */
export interface Issued {
  key: string;
  cert: string;
  /** Its own first. */
  certs: string;
}

export interface IssueOptions {
  by?: Issued;
  kind?: 'signer' | 'authority' | 'server' | 'intermediate';
  algorithm?: string[];
  /** Negative: it has expired. */
  days?: number;
}

export const P256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
export const P384 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'];
export const RSA = (bits: number) => ['-newkey', `rsa:${bits}`];

const EXTENSIONS = {
  authority: 'basicConstraints=critical,CA:TRUE,pathlen:1\nkeyUsage=critical,keyCertSign,cRLSign\n',
  intermediate: 'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n',
  signer:
    'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,codeSigning\n',
  server: 'basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n',
};

/** Makes keys and certificates of an operator by openssl, all files in `folder`. Without `by`: a root. */
export async function makeIssuer(folder: string): Promise<(o?: IssueOptions) => Promise<Issued>> {
  await mkdir(folder, { recursive: true });
  let count = 0;
  return async ({ by, kind = by ? 'signer' : 'authority', algorithm = P256, days = 30 } = {}) => {
    const id = join(folder, `${++count}`);
    await writeFile(`${id}.ext`, EXTENSIONS[kind]);
    const request = ['req', ...algorithm, '-nodes', '-keyout', `${id}.key`, '-out', `${id}.csr`];
    await run('openssl', [...request, '-subj', `/CN=Test ${kind} ${count}`]);
    if (by) {
      await writeFile(`${id}.by.pem`, by.cert);
      await writeFile(`${id}.by.key`, by.key);
    }
    const issuer = by ? ['-CA', `${id}.by.pem`, '-CAkey', `${id}.by.key`] : ['-signkey', `${id}.key`];
    await run('openssl', [
      ...['x509', '-req', '-in', `${id}.csr`, ...issuer, '-set_serial', String(count), '-days', String(days)],
      ...['-extfile', `${id}.ext`, '-out', `${id}.pem`],
    ]);
    const [key, cert] = await Promise.all([readFile(`${id}.key`, 'utf8'), readFile(`${id}.pem`, 'utf8')]);
    const above = by && !isRoot(by.cert) ? by.certs : '';
    return { key, cert, certs: `${cert}${above}` };
  };
}

export function certificate(issued: Issued): X509Certificate {
  return new X509Certificate(issued.cert);
}

function isRoot(pem: string): boolean {
  const found = new X509Certificate(pem);
  return found.subject === found.issuer;
}
