import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../../src/core/files.ts';
import { readPart10 } from '../../src/dicom/part10.ts';
import { makeSites, type Site, type SitePlan, writeListenerFiles } from '../support/boxes.ts';
import { makeCa } from '../support/ca.ts';
import { freePort } from '../support/ports.ts';

/** Two sites that post to each other's SMTP listener, no mail server between them; `b` delivers to the given targets. */
export async function makePair(
  root: string,
  o: { targets: object[]; a?: Partial<SitePlan>; partner?(id: string): object; program?: string },
): Promise<[Site, Site]> {
  const authority = await makeCa(join(root, 'ca'));
  const issued = await authority.issue({ names: ['localhost'], ips: ['127.0.0.1'] });
  const files = await writeListenerFiles(join(root, 'tls'), { ...issued, ca: authority.caPem });
  const ports = { a: await freePort(), b: await freePort() };
  const listener = (port: number) => ({
    listener: { host: '127.0.0.1', port, security: 'starttls', key_file: files.key, cert_file: files.cert },
  });
  const partner = (id: string) => ({
    smtp: { host: '127.0.0.1', port: ports[id as 'a' | 'b'], security: 'starttls', ca_file: files.ca },
    ...o.partner?.(id),
  });
  const plans: SitePlan[] = [
    { id: 'a', address: 'box@klinik-a.example', aeTitle: 'KLINIK_A', mail: listener(ports.a), partner, ...o.a },
    {
      id: 'b',
      address: 'box@klinik-b.example',
      aeTitle: 'KLINIK_B',
      mail: listener(ports.b),
      partner,
      targets: o.targets,
    },
  ];
  const sites = await makeSites(root, plans, { program: o.program });
  return sites as [Site, Site];
}

/** SOP Instance UID → SHA-256 of the data set bytes, for every file below a folder; fails on a UID that is there twice. */
export async function dataSets(folder: string): Promise<Map<string, string>> {
  await mkdir(folder, { recursive: true });
  const found = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { sopInstanceUid, dataSetOffset } = await readPart10(path);
    if (found.has(sopInstanceUid)) throw new Error(`${sopInstanceUid} is there twice`);
    found.set(sopInstanceUid, await hashFile(path, dataSetOffset));
  }
  return found;
}

/** What of the sites' rows is not finished: empty when everything drained. */
export function unfinished(...sites: readonly Site[]): string[] {
  const good = new Set([
    ...['study:routed', 'study:received', 'consignment:confirmed', 'part:confirmed', 'mail:done', 'mail:duplicate'],
    ...['mail:joined', 'mail:set-aside', 'inbound_set:delivered', 'delivery:delivered', 'receipt:sent'],
  ]);
  return sites.flatMap((site) =>
    site.look((store) =>
      store.overview
        .counts()
        .filter(({ entity, state }) => !good.has(`${entity}:${state}`))
        .map(({ entity, state, count }) => `${site.id}: ${count} ${entity} ${state}`),
    ),
  );
}
