import { randomUUID } from 'node:crypto';
import { join, relative } from 'node:path';
import type { Partner } from '../config/schema.ts';
import { RohrpostError } from '../core/errors.ts';
import { makeFolder, writeDurably } from '../core/files.ts';
import { newId, sha256 } from '../core/ids.ts';
import { cliLimits } from '../core/limits.ts';
import { retell } from '../core/retell.ts';
import { addTrial } from '../line/trial.ts';
import { isFolderLocked } from '../store/database.ts';
import type { Store } from '../store/store.ts';
import type { Console } from './console.ts';
import type { Finding } from './doctor/report.ts';
import { harmless, shortId, spanText } from './format.ts';

/**
 * Sends a trial consignment to a partner and waits until its receipt is there, or it has failed, or the time is up (the
 * consignment goes on then).
 * @throws RohrpostError box-not-running, disk-error
 */
export async function sendTrial(c: Console, store: Store, partner: Partner, wait_ms: number): Promise<Finding> {
  if (!isFolderLocked(c.folder)) throw new RohrpostError('box-not-running');
  const began_ms = c.clock.steady();
  const { consignmentId } = addTrial(store, partner, await trialFile(c));
  const id = shortId(consignmentId);
  c.aside(c.say('trial.sent', { id }));
  for (;;) {
    const { state, code, reason } = store.consignments.get(consignmentId)!;
    const elapsed_ms = c.clock.steady() - began_ms;
    const time = spanText(elapsed_ms, c.language);
    if (state === 'confirmed') return { state: 'ok', words: c.say('trial.confirmed', { time }) };
    if (state === 'sent' && !partner.receipts.ask) return { state: 'ok', words: c.say('trial.accepted', { time }) };
    if (['held', 'refused', 'unconfirmed', 'discarded'].includes(state)) {
      return { state: 'fail', words: harmless(retell(code, reason, c.language)), code: code ?? undefined };
    }
    if (elapsed_ms > wait_ms) return stillWaiting(c, store, consignmentId, time);
    await c.clock.sleep(cliLimits.ask_ms);
  }
}

/** Says what held the consignment up so far. */
function stillWaiting(c: Console, store: Store, consignmentId: string, time: string): Finding {
  const consignment = store.consignments.get(consignmentId)!;
  const row = store.parts.ofConsignment(consignmentId).find(({ code }) => code !== null) ?? consignment;
  const why = row.code === null ? '' : ` ${harmless(retell(row.code, row.reason, c.language))}`;
  return {
    state: 'fail',
    words: c.say('trial.waiting', { time, id: shortId(consignmentId) }) + why,
    code: row.code ?? undefined,
  };
}

async function trialFile(c: Console) {
  const now_ms = c.clock.now();
  const folder = join(c.folder, 'spool', 'instances', new Date(now_ms).toISOString().slice(0, 10));
  await makeFolder(folder);
  const text = `Rohrpost: Probesendung / trial consignment, ${new Date(now_ms).toISOString()}\r\n`;
  const path = join(folder, `${newId()}.txt`);
  await writeDurably(path, text);
  // A UID derived from a UUID: PS3.5 §B.2.
  const studyUid = `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`;
  return { studyUid, path: relative(c.folder, path), sha256: sha256(text), sizeBytes: Buffer.byteLength(text), now_ms };
}
