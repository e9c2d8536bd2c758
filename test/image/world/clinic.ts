import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openKeyring } from '../../../src/box/keyring.ts';
import type { Partner } from '../../../src/config/schema.ts';
import { openSecrets } from '../../../src/config/secrets.ts';
import { openSettings } from '../../../src/config/settings.ts';
import { hashFile } from '../../../src/core/files.ts';
import { silentLog } from '../../../src/core/log.ts';
import { readPart10 } from '../../../src/dicom/part10.ts';
import { readPublicKey } from '../../../src/pgp/keys.ts';
import { type BoxProcess, describeSite, makeSites } from '../../support/boxes.ts';
import type { Mailhost } from '../../support/mailhost.ts';

/** The partner: another Rohrpost, on the host, that fetches its mail from the host's mail server and puts it into a folder. */
export interface Clinic {
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly address: string;
  /** From now on it knows the box under test. */
  meet(box: { name: string; address: string; publicKey: string }): Promise<void>;
  /** SOP Instance UID → SHA-256 of the data set, of everything that arrived; throws for what came twice. */
  arrived(): Promise<ReadonlyMap<string, string>>;
  describe(): string;
  stop(): Promise<void>;
}

export async function startClinic(folder: string, mailhost: Mailhost, caFile: string): Promise<Clinic> {
  const target = join(folder, 'arrived');
  await mkdir(target, { recursive: true });
  const { address, password } = mailhost.users.b!;
  const account = { host: '127.0.0.1', user: address, password: 'secret:mail', ca_file: caFile, security: 'starttls' };
  const [site] = await makeSites(folder, [
    {
      ...{ id: 'b', name: 'Klinik B', address, aeTitle: 'KLINIK_B', secrets: { mail: password } },
      mail: {
        ...{ smtp: { ...account, port: mailhost.smtp.port }, imap: { ...account, port: mailhost.imap.port } },
        poll_s: 5,
      },
      targets: [{ id: 'folder', kind: 'folder', path: target, folder_pattern: '{study_id}' }],
    },
  ]);
  if (!site) throw new Error('no site was made');
  const box: BoxProcess = await site.start();
  return {
    ...{ publicKey: site.publicKey, fingerprint: site.fingerprint, address },
    meet: async ({ name, address: theirs, publicKey }) => {
      const keyring = openKeyring(site.folder, await openSecrets(site.folder));
      await keyring.importPublic(publicKey);
      const { fingerprint } = (await readPublicKey(publicKey)).info;
      const settings = await openSettings(site.folder, { log: silentLog });
      await settings.save((draft) => {
        const others = draft.partners.filter((partner) => partner.address !== theirs);
        const known = draft.partners.find((partner) => partner.address === theirs)?.fingerprints ?? [];
        const fingerprints = [fingerprint, ...known.filter((other) => other !== fingerprint)];
        const partner = { id: 'box', name, address: theirs, ae_title: 'BOX', fingerprints };
        draft.partners = [...others, partner as unknown as Partner];
      }, settings.revision());
      await settings.close();
    },
    arrived: () => arrivedIn(target),
    describe: () => `${describeSite(site)}\n${box.log()}`.slice(-6_000),
    stop: () => box.stop().then(() => {}),
  };
}

/** What lies finished in the target's folder; what is just being written has another name. */
async function arrivedIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === 'FINISHED.txt' || entry.name.startsWith('.rohrpost-')) continue;
    const path = join(entry.parentPath, entry.name);
    const { sopInstanceUid, dataSetOffset } = await readPart10(path);
    if (found.has(sopInstanceUid)) throw new Error(`${sopInstanceUid} arrived twice`);
    found.set(sopInstanceUid, await hashFile(path, dataSetOffset));
  }
  return found;
}
