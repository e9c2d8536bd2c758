import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface IssuedCertificate {
  key: string;
  cert: string;
}

export interface TestCa {
  caPem: string;
  /** A server certificate of this CA, for 30 days unless said otherwise. `expired`: its last day was yesterday. */
  issue(o: { names?: string[]; ips?: string[]; expired?: boolean; days?: number }): Promise<IssuedCertificate>;
}

/** Makes a certificate authority for one test run, by openssl, all files in `folder`. */
export async function makeCa(folder: string): Promise<TestCa> {
  await mkdir(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await run('openssl', [
    ...['req', '-x509', ...newKey, '-days', '30', '-keyout', at('ca.key'), '-out', at('ca.pem')],
    ...['-subj', '/CN=Test CA', '-addext', 'basicConstraints=critical,CA:TRUE'],
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  ]);
  const caPem = await readFile(at('ca.pem'), 'utf8');
  let count = 0;
  return {
    caPem,
    async issue({ names = [], ips = [], expired = false, days = 30 }) {
      const id = `issued-${++count}`;
      const alternatives = [...names.map((name) => `DNS:${name}`), ...ips.map((ip) => `IP:${ip}`)].join(',');
      await writeFile(at(`${id}.ext`), `subjectAltName=${alternatives}\nextendedKeyUsage=serverAuth,clientAuth\n`);
      const subject = ['-subj', `/CN=${names[0] ?? ips[0] ?? 'test'}`];
      await run('openssl', ['req', ...newKey, '-keyout', at(`${id}.key`), '-out', at(`${id}.csr`), ...subject]);
      // openssl 3.0 has no start date for `x509 -req`, but a negative number of days ends the validity in the past.
      await run('openssl', [
        ...['x509', '-req', '-in', at(`${id}.csr`), '-CA', at('ca.pem'), '-CAkey', at('ca.key')],
        ...['-set_serial', String(count), '-days', expired ? '-1' : String(days), '-extfile', at(`${id}.ext`)],
        ...['-out', at(`${id}.pem`)],
      ]);
      const [key, cert] = await Promise.all([readFile(at(`${id}.key`), 'utf8'), readFile(at(`${id}.pem`), 'utf8')]);
      return { key, cert };
    },
  };
}
