import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { openKeyring } from '../../src/box/keyring.ts';
import type { Partner, Settings } from '../../src/config/schema.ts';
import { openSecrets } from '../../src/config/secrets.ts';
import { openSettings } from '../../src/config/settings.ts';
import { hashFile } from '../../src/core/files.ts';
import { newId } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';
import { armorStream } from '../../src/pgp/armor.ts';
import { generateKey, type OwnKey, readPublicKey, unlockOwnKey } from '../../src/pgp/keys.ts';
import { sealStream } from '../../src/pgp/seal.ts';
import { type BoxProcess, makeSites, type Site, type SitePlan, writeListenerFiles } from '../support/boxes.ts';
import { makeCa } from '../support/ca.ts';
import { encryptedMail, fieldLines, innerEntity, postMail } from '../support/handmade-mail.ts';
import { freePort } from '../support/ports.ts';
import { addPeople } from '../support/visitors.ts';

/** A site with its box and its page, at work. */
export interface PageSite extends Site {
  readonly box: BoxProcess;
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  readonly smtpPort: number;
  /** Kills the box and starts it again at the same address. */
  restart(): Promise<void>;
}

export const WEST = 'dicom@west.example';

/**
 * Two clinics with their boxes and pages: `nord` sends to `sued`, which delivers to a folder. They post to each other's SMTP
 * listener, and have an admin, an operator and a viewer. `sued` also knows the practice `west`, played by hand.
 */
export interface PageWorld {
  readonly root: string;
  readonly nord: PageSite;
  readonly sued: PageSite;
  /** What `sued` knows west by, and a key of west's that it does not know. */
  readonly west: { known: OwnKey; fresh: OwnKey };
  /** Posts a mail with one instance to sued, signed by one of west's keys; gives back its Message-ID. */
  postAsWest(instance: Buffer, signer: OwnKey): Promise<string>;
  /** SHA-256 of each file that sued delivered. */
  delivered(): Promise<string[]>;
  describe(): string;
  stop(): Promise<void>;
}

/** @param o.language of the sites and of their people */
export async function startPageWorld(o: { language?: 'de' | 'en' } = {}): Promise<PageWorld> {
  const { language = 'de' } = o;
  const root = await mkdtemp(join(tmpdir(), 'rp-page-'));
  const authority = await makeCa(join(root, 'ca'));
  const issued = await authority.issue({ names: ['localhost'], ips: ['127.0.0.1'], days: 400 });
  const files = await writeListenerFiles(join(root, 'tls'), { ...issued, ca: authority.caPem });
  const ports: Record<string, number> = { nord: await freePort(), sued: await freePort() };
  const target = join(root, 'eingang');
  const archive = join(root, 'archiv');
  await Promise.all([target, archive].map((path) => mkdir(path)));
  const plan = (id: string, name: string): SitePlan => ({
    ...{ id, name, address: `dicom@${id}.example`, aeTitle: id.toUpperCase(), language },
    mail: {
      listener: {
        ...{ host: '127.0.0.1', port: ports[id], security: 'starttls' },
        ...{ key_file: files.key, cert_file: files.cert },
      },
    },
    partner: (other) => ({
      smtp: { host: '127.0.0.1', port: ports[other], security: 'starttls', ca_file: files.ca },
    }),
  });
  const [nord, sued] = (await makeSites(root, [
    {
      ...plan('nord', 'Klinikum Nord'),
      targets: [{ id: 'archiv', name: 'Archiv', kind: 'folder', path: archive }],
    },
    {
      ...plan('sued', 'Klinik Süd'),
      targets: [{ id: 'eingang', name: 'Eingang', kind: 'folder', path: target, folder_pattern: '{study_id}' }],
    },
  ])) as [Site, Site];
  const west = { known: await newKey(), fresh: await newKey() };
  await befriend(sued, west.known);
  const boxKey = await readPublicKey(sued.publicKey);
  const open = async (site: Site) => {
    await addPeople(site.folder, language);
    return openSite(site, ports[site.id]!);
  };
  const [nordOpen, suedOpen] = await Promise.all([open(nord), open(sued)]);
  return {
    ...{ root, nord: nordOpen, sued: suedOpen, west },
    postAsWest: async (instance, signer) => {
      const messageId = `<${newId()}@west.example>`;
      const fields = [newId(), 1, 1] as const;
      const inner = innerEntity([{ type: 'application/dicom', bytes: instance }], { fields });
      const sealed = sealStream(source(inner), { to: boxKey, signer, nowMs: Date.now() });
      const armored = await buffer(armorStream(sealed));
      const envelope = { from: WEST, to: 'dicom@sued.example', messageId, headers: fieldLines([...fields]) };
      const at = { port: ports.sued!, ca: authority.caPem, from: WEST, to: envelope.to };
      const reply = await postMail(encryptedMail(armored, envelope), at);
      if (!reply.startsWith('250')) throw new Error(`sued refuses: ${reply}`);
      return messageId;
    },
    delivered: async () => {
      const entries = await readdir(target, { recursive: true, withFileTypes: true });
      const isFinal = ({ name }: { name: string }) => name !== 'FINISHED.txt' && !name.startsWith('.rohrpost-');
      const found = entries.filter((entry) => entry.isFile() && isFinal(entry));
      return (await Promise.all(found.map(({ parentPath, name }) => hashFile(join(parentPath, name))))).sort();
    },
    describe: () => `${nordOpen.box.log()}\n---\n${suedOpen.box.log()}`.slice(-6_000),
    stop: async () => {
      await Promise.all([nordOpen, suedOpen].map((site) => site.box.stop()));
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function openSite(site: Site, smtpPort: number): Promise<PageSite> {
  const webPort = await freePort();
  let box = await site.start(webPort);
  return {
    ...site,
    ...{ url: `https://127.0.0.1:${webPort}`, smtpPort },
    get box() {
      return box;
    },
    restart: async () => {
      await box.kill();
      box = await site.start(webPort);
    },
  };
}

async function* source(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function newKey(): Promise<OwnKey> {
  const nowMs = Date.now() - 86_400_000;
  const made = await generateKey({ name: 'Praxis West', email: WEST, passphrase: 'kennwort', nowMs });
  return unlockOwnKey(made.privateArmored, 'kennwort');
}

/** Changes the settings of a site beside its box, as an editor would. */
export async function changeSettings(site: Site, change: (draft: Settings) => void): Promise<void> {
  const settings = await openSettings(site.folder, { log: silentLog });
  await settings.save(change, settings.revision());
  await settings.close();
}

async function befriend(site: Site, key: OwnKey): Promise<void> {
  const keyring = openKeyring(site.folder, await openSecrets(site.folder));
  await keyring.importPublic(key.publicKey.armored);
  await changeSettings(site, (draft) => {
    draft.partners.push({
      ...{ id: 'west', name: 'Praxis West', address: WEST, ae_title: 'WEST', receipts: { send: 'none' } },
      fingerprints: [key.info.fingerprint],
    } as unknown as Partner);
  });
}

/** The bytes of every file below a folder. */
export async function filesBelow(folder: string): Promise<Buffer[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name))),
  );
}
