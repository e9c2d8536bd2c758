import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { codes } from '../../src/core/errors.ts';
import { hashFile } from '../../src/core/files.ts';
import { encryptedPayload } from '../../src/mail/classify.ts';
import { readPublicKey } from '../../src/pgp/keys.ts';
import { recipientKeyIds } from '../../src/pgp/open.ts';
import { openDesk } from '../../src/store/desk.ts';
import type { Site } from '../support/boxes.ts';
import { filesBelow, type Ledger } from './world.ts';

/** What became of the promise. */
export interface Verdict {
  /** Images that a box took over and that are nowhere any more. */
  lost: number;
  /** Rows that stand twice where they may stand once. */
  twice: number;
  /** Images, mails or words that are where they must not be. */
  wrong: number;
  /** Images that the PACS was given again, because an answer of it was lost: the honest limit of C-STORE. */
  repeated: number;
  /** Each breach in a sentence. */
  breaches: string[];
}

/** In these states a row must have somebody who will move it: a boot that owns it, or a due time. */
const WORK = {
  study: ['arriving', 'settled'],
  consignment: ['routed'],
  part: ['planned', 'sealed'],
  mail: ['collected', 'fragment', 'opened'],
  inbound_set: ['ready'],
  delivery: ['due'],
  receipt: ['due'],
} as const;
/** In these a person must be told why. */
const STUCK = ['held', 'quarantined', 'refused'];
/** Words of a patient: of none of them may stand outside of the ledger, the settings' secrets and sealed bytes. */
const PATIENT = /Testperson|TEST-\d{4}/;

/** The invariants I1 to I10 of a world at rest, compared with what its players wrote down. */
export async function checkInvariants(world: Ledger): Promise<Verdict> {
  const verdict: Verdict = { lost: 0, twice: 0, wrong: 0, repeated: 0, breaches: [] };
  const breach = (kind: 'lost' | 'twice' | 'wrong', words: string) => {
    verdict[kind]++;
    verdict.breaches.push(words);
  };
  await compareWithLedger(world, verdict, breach);
  for (const site of world.sites) {
    const db = new Sqlite(join(site.folder, 'rohrpost.sqlite'), { readonly: true });
    try {
      rowsHaveAFuture(db, site, breach);
      nothingTwice(db, site, breach);
      codesAreKnown(db, site, breach);
      await filesAreThere(db, site, breach);
    } finally {
      db.close();
    }
    await mailsAreSealed(world, site, breach);
    auditIsSound(site, breach);
  }
  for (const { sopUid } of world.overdrawn?.() ?? [])
    breach('wrong', `${sopUid} was taken into the room to be kept (I8)`);
  // I4: what the boxes say of themselves.
  const leak = PATIENT.exec(world.logs());
  if (leak) breach('wrong', `a log names ${leak[0]}`);
  return verdict;
}

type Breach = (kind: 'lost' | 'twice' | 'wrong', words: string) => void;

/** I1, I6: what was acknowledged is at the PACS that it was for, byte by byte, and nothing else is anywhere. */
async function compareWithLedger(world: Ledger, verdict: Verdict, breach: Breach): Promise<void> {
  const delivered = await world.delivered();
  for (const { sopUid, sha256, to } of world.acknowledged()) {
    const given = delivered.get(sopUid) ?? [];
    if (!given.some(({ at }) => at === to))
      breach('lost', `${sopUid} was acknowledged and is not at the PACS of ${to}`);
    if (given.some(({ at }) => at !== to)) breach('wrong', `${sopUid} was for ${to} and is elsewhere`);
    if (given.some((one) => one.sha256 !== sha256)) breach('wrong', `${sopUid} has other bytes at the PACS`);
    verdict.repeated += Math.max(0, given.length - 1);
    delivered.delete(sopUid);
  }
  for (const uid of delivered.keys()) breach('wrong', `${uid} is at a PACS and was never acknowledged`);
}

/** I2, I10: each row at work has somebody to move it, and each that waits for a person says why. */
function rowsHaveAFuture(db: Sqlite.Database, { id }: Site, breach: Breach): void {
  for (const [table, states] of Object.entries(WORK)) {
    const list = states.map((state) => `'${state}'`).join();
    const idle = db.prepare(`SELECT id FROM ${table} WHERE state IN (${list}) AND owner IS NULL AND due_ms IS NULL`);
    for (const row of idle.pluck().all()) breach('lost', `${id}: ${table} ${row} is at work and nobody will move it`);
    const stuck = STUCK.map((state) => `'${state}'`).join();
    const silent = db.prepare(`SELECT id FROM ${table} WHERE state IN (${stuck}) AND code IS NULL`);
    for (const row of silent.pluck().all()) breach('wrong', `${id}: ${table} ${row} waits and does not say why`);
  }
}

/** I3, I6: one accepted content for each part, one stored instance, one delivery of it to a target. */
function nothingTwice(db: Sqlite.Database, { id }: Site, breach: Breach): void {
  const questions = {
    'an instance is stored twice': `SELECT sop_uid FROM item WHERE state = 'stored' AND kind = 'instance'
      GROUP BY study_id, sop_uid HAVING count(*) > 1`,
    // A receipt may come twice: it is signed anew when its sender does not know whether it left, and tells nothing new.
    'a mail was taken twice': `SELECT message_id FROM mail WHERE id IN (SELECT mail_id FROM inbound_part)
      GROUP BY partner_id, message_id HAVING count(*) > 1`,
    'an instance has two deliveries to one target': `SELECT sop_uid FROM delivery JOIN item ON item.id = item_id
      WHERE delivery.state = 'delivered' GROUP BY target_id, item.study_id, sop_uid HAVING count(*) > 1`,
    'an instance is in two consignments to one partner': `SELECT item_id FROM consignment_item
      JOIN consignment ON consignment.id = consignment_id GROUP BY item_id, partner_id HAVING count(*) > 1`,
  };
  for (const [words, sql] of Object.entries(questions)) {
    for (const row of db.prepare(sql).pluck().all()) breach('twice', `${id}: ${words}: ${row}`);
  }
}

/** I9: every reason that was written down has a text in German and English. */
function codesAreKnown(db: Sqlite.Database, { id }: Site, breach: Breach): void {
  const used = db.prepare('SELECT DISTINCT code FROM history WHERE code IS NOT NULL').pluck().all() as string[];
  for (const code of used) if (!(code in codes)) breach('wrong', `${id}: nobody knows the code ${code}`);
}

/** I1: what the ledger says is stored is on disk, with the bytes that it says. */
async function filesAreThere(db: Sqlite.Database, site: Site, breach: Breach): Promise<void> {
  const rows = db.prepare(`SELECT path, sha256, data_offset FROM item WHERE state = 'stored'`).all() as {
    path: string;
    sha256: string;
    data_offset: number;
  }[];
  for (const { path, sha256, data_offset } of rows) {
    const found = await hashFile(join(site.folder, path), data_offset).catch(() => 'nothing');
    if (found !== sha256) breach('lost', `${site.id}: ${path} has ${found}, the ledger ${sha256}`);
  }
}

/** I4, I5: what waits to be sent is sealed for its partner alone, and no word of a patient stands in it. */
async function mailsAreSealed({ sites }: Ledger, site: Site, breach: Breach): Promise<void> {
  for (const path of await filesBelow(join(site.folder, 'spool/outbox'))) {
    if (PATIENT.test(await readFile(path, 'latin1'))) breach('wrong', `${path} names a patient`);
  }
  const waiting = site.look((store) =>
    store.overview
      .studies({ limit: 10_000 })
      .flatMap(({ id }) => store.consignments.ofStudy(id))
      .flatMap(({ id }) => store.parts.ofConsignment(id))
      .filter(({ state }) => state === 'sealed')
      .flatMap(({ mail_paths, partner_id }) =>
        (JSON.parse(mail_paths) as string[]).map((path) => ({ path, partner_id })),
      ),
  );
  for (const { path, partner_id } of waiting) {
    const { info } = await readPublicKey(sites.find(({ id }) => id === partner_id)!.publicKey);
    const recipients = await recipientKeyIds(encryptedPayload(join(site.folder, path)));
    if (recipients.length === 1 && info.keyIds.includes(recipients[0]!)) continue;
    breach('wrong', `${path} is sealed for ${recipients.join(' and ') || 'nobody'}`);
  }
}

/** I7. */
function auditIsSound(site: Site, breach: Breach): void {
  const desk = openDesk(site.folder);
  try {
    const { brokenAt } = desk.audit.verify();
    if (brokenAt !== null) breach('wrong', `${site.id}: the audit is broken at row ${brokenAt}`);
  } finally {
    desk.close();
  }
}
