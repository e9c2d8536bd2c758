import { randomUUID } from 'node:crypto';
import { join, relative } from 'node:path';
import type { Partner } from '../config/schema.ts';
import { shortId, spanText } from '../core/figures.ts';
import { makeFolder, writeDurably } from '../core/files.ts';
import { newId, sha256 } from '../core/ids.ts';
import { retell } from '../core/retell.ts';
import { instancesFolder } from '../line/places.ts';
import { addTrial } from '../line/trial.ts';
import { type Finding, failed, ok } from './finding.ts';
import type { HealthParts } from './parts.ts';
import { healthSay } from './say.ts';

type Parts = Pick<HealthParts, 'folder' | 'store' | 'clock' | 'language'>;

/**
 * Hands a trial consignment to a running box, which sends it to the partner as it sends everything. Wake the box afterwards.
 * @returns the id of the consignment
 * @throws RohrpostError disk-error
 */
export async function startTrial(parts: Pick<Parts, 'folder' | 'store' | 'clock'>, partner: Partner): Promise<string> {
  return addTrial(parts.store, partner, await trialFile(parts)).consignmentId;
}

/**
 * How a trial ended: its receipt is there, the mail server has it where no receipt is asked for, or it has failed. Null while
 * it is under way.
 */
export function trialOutcome(
  { store, language }: Pick<Parts, 'store' | 'language'>,
  { asksReceipt }: { asksReceipt: boolean },
  consignmentId: string,
): Finding | null {
  const say = healthSay(language);
  const { state, code, reason, created_ms, sent_ms, closed_ms } = store.consignments.get(consignmentId)!;
  const after = (end_ms: number | null) => ({ time: spanText((end_ms ?? created_ms) - created_ms, language) });
  if (state === 'confirmed') return ok(say('trial.confirmed', after(closed_ms)));
  if (state === 'sent' && !asksReceipt) return ok(say('trial.accepted', after(sent_ms)));
  const isOver = ['held', 'refused', 'unconfirmed', 'discarded'].includes(state);
  return isOver ? failed(retell(code, reason, language), code, language) : null;
}

/** Of a trial that is under way still: for how long, and what held it up so far. */
export function trialSoFar({ store, clock, language }: Omit<Parts, 'folder'>, consignmentId: string): Finding {
  const consignment = store.consignments.get(consignmentId)!;
  const row = store.parts.ofConsignment(consignmentId).find(({ code }) => code !== null) ?? consignment;
  const why = row.code === null ? '' : ` ${retell(row.code, row.reason, language)}`;
  const time = spanText(clock.now() - consignment.created_ms, language);
  return failed(healthSay(language)('trial.waiting', { time, id: shortId(consignmentId) }) + why, row.code, language);
}

async function trialFile({ folder: data, clock }: Pick<Parts, 'folder' | 'clock'>) {
  const now_ms = clock.now();
  const folder = instancesFolder(data, now_ms);
  await makeFolder(folder);
  const text = `Rohrpost: Probesendung / trial consignment, ${new Date(now_ms).toISOString()}\r\n`;
  const path = join(folder, `${newId()}.txt`);
  await writeDurably(path, text);
  // A UID derived from a UUID: PS3.5 §B.2.
  const studyUid = `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`;
  return { studyUid, path: relative(data, path), sha256: sha256(text), sizeBytes: Buffer.byteLength(text), now_ms };
}
