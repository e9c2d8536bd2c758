import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { RohrpostError } from '../core/errors.ts';
import { makeFolder, removeBeginningWith, removeFile } from '../core/files.ts';
import { newId, sha256 } from '../core/ids.ts';
import { lineLimits } from '../core/limits.ts';
import type { Station } from '../line/conveyor.ts';
import { done, type Outcome, stop } from '../line/outcome.ts';
import { fromPartner, instancesFolder } from '../line/places.ts';
import type { SetFields } from '../mail/fields.ts';
import type { ItemTable } from '../store/items.ts';
import type { MailRow, MailTable } from '../store/mails.ts';
import type { SetRow, SetTable } from '../store/sets.ts';
import type { UnpackedItem, UnpackJob, UnpackResult } from '../workers/unpack.ts';
import type { Answers } from './answers.ts';

export interface UnpackParts {
  mails: MailTable;
  sets: SetTable;
  items: ItemTable;
  folder: string;
  unpack(job: UnpackJob, signal: AbortSignal): Promise<UnpackResult>;
  answers: Answers;
  /** Does this partner's profile want each mail delivered as it arrives? */
  asItArrives(partnerId: string): boolean;
  learn(partnerId: string, accepts: string): void;
  now(): number;
  steady(): number;
}

/**
 * Station "unpack": decrypted MIME → candidate instances and documents, and the set's ledger: one accepted content for each
 * (partner, set, part); a repeat changes nothing, a contradiction sends the set to quarantine (F45–F50).
 */
export function unpackStation(o: UnpackParts): Station<MailRow> {
  return {
    name: 'unpack',
    table: o.mails,
    from: 'opened',
    concurrency: 2,
    perLane: 1,
    deadline_ms: lineLimits.crypto_ms,
    heldState: 'quarantined',
    onHeld: (mail, error) => {
      void removeFile(join(o.folder, mail.opened_path!)).catch(() => {});
      refuse(o, mail, error);
    },
    run: ([mail], { signal }) => unpack(o, mail!, signal),
  };
}

/** A mail that verified but cannot be used is answered: its sender is known, and ought to know. */
function refuse(o: UnpackParts, mail: MailRow, error: RohrpostError): void {
  if (error.blame === 'partner' || error.blame === 'content') o.answers.owe(mail.id, 'deleted', error.code);
}

async function unpack(o: UnpackParts, mail: MailRow, signal: AbortSignal): Promise<Outcome> {
  const opened = join(o.folder, mail.opened_path!);
  // Its name was not yet durable when the power went: the mail is opened again.
  if (!existsSync(opened)) return done('collected', { due_ms: o.steady() });
  const folder = instancesFolder(o.folder, o.now(), fromPartner(mail.partner_id!));
  await makeFolder(folder);
  const prefix = newId();
  const job = { mailPath: join(o.folder, mail.path), path: opened, folder, prefix };
  const result = await o.unpack(job, signal).catch(async (thrown: unknown) => {
    await removeBeginningWith(folder, prefix);
    throw thrown;
  });
  const files = result.items.map((item) => item.path);
  const clean = (paths: readonly string[]) => () => {
    for (const path of paths) void removeFile(path).catch(() => {});
  };
  const spent = [opened, join(o.folder, mail.path)];
  if (result.items.length === 0) return withoutItems(o, mail, result, clean(spent));

  const fields = result.fields ?? { setId: `single.${sha256(mail.message_id).slice(0, 32)}`, part: 1, total: 1 };
  const content_sha256 = sha256(result.items.map((item) => `${item.kind} ${item.sha256}`).join('\n'));
  const set = o.sets.find(mail.partner_id!, fields.setId);
  const known = set && o.sets.part(set.id, fields.part);
  if (known && known.content_sha256 === content_sha256) {
    const earlier = o.mails.get(known.mail_id)!;
    return done('duplicate', { commit: () => o.answers.repeat(earlier, mail), after: clean([...spent, ...files]) });
  }
  if (set?.state === 'discarded') {
    // A person decided about this set; its sender is told again.
    const commit = () => o.answers.owe(mail.id, 'deleted', null);
    return done('duplicate', { commit, after: clean([...spent, ...files]) });
  }
  const wrong = contradiction(o, mail, fields, set, known !== undefined);
  if (wrong) {
    clean([...files, opened])();
    return stop('quarantined', wrong, () => {
      if (set && ['waiting', 'ready', 'admitted', 'held'].includes(set.state)) {
        o.sets.move(set.id, { state: 'quarantined', code: wrong.code, reason: wrong.message }, o.now());
      }
      refuse(o, mail, wrong);
    });
  }
  return done('done', {
    commit: () => enter(o, mail, fields, set, content_sha256, result),
    after: clean(spent),
  });
}

function withoutItems(o: UnpackParts, mail: MailRow, result: UnpackResult, after: () => void): Outcome {
  if (result.receipts.length === 0) throw new RohrpostError('unpack-nothing');
  return done('done', {
    after,
    commit: () => {
      for (const receipt of result.receipts) o.answers.receipt(mail.partner_id!, receipt);
    },
  });
}

/** A set that nobody knows, signed longer ago than mail servers keep trying, is a replay until a person says otherwise. */
const REPLAY_DAYS = 30;

function contradiction(
  o: UnpackParts,
  mail: MailRow,
  fields: SetFields,
  set: SetRow | undefined,
  partKnown: boolean,
): RohrpostError | null {
  if (!set) {
    if (mail.released === 1) return null;
    const days = Math.floor((o.now() - (mail.signed_ms ?? o.now())) / 86_400_000);
    return days > REPLAY_DAYS ? new RohrpostError('set-replayed', { details: { days } }) : null;
  }
  if (set.total !== fields.total) {
    return new RohrpostError('set-total-differs', { details: { first: set.total, other: fields.total } });
  }
  return partKnown ? new RohrpostError('set-contradiction', { details: { part: fields.part } }) : null;
}

/** Writes the part into the ledger and moves its set on when it is complete, or complete enough. */
function enter(
  o: UnpackParts,
  mail: MailRow,
  fields: SetFields,
  known: SetRow | undefined,
  contentSha256: string,
  result: UnpackResult,
): void {
  const now_ms = o.now();
  const partnerId = mail.partner_id!;
  const asItArrives = o.asItArrives(partnerId);
  const set =
    known ??
    o.sets.add({
      partnerId,
      setId: fields.setId,
      total: fields.total,
      urgent: asItArrives,
      due_ms: o.steady() + lineLimits.set_incomplete_ms,
      now_ms,
    });
  const itemIds = result.items.map((item) => o.items.add(candidate(o.folder, item, now_ms)));
  o.sets.addPart({ setRow: set.id, number: fields.part, mailId: mail.id, contentSha256, itemIds });
  o.sets.touch(set.id, now_ms);
  if (result.accepts !== null) o.learn(partnerId, result.accepts);
  const complete = o.sets.parts(set.id).length === set.total;
  if (set.state === 'waiting' && (complete || asItArrives)) {
    o.sets.move(set.id, { state: 'ready', due_ms: o.steady() }, now_ms);
  }
}

function candidate(folder: string, item: UnpackedItem, received_ms: number) {
  return {
    study_id: null,
    kind: item.kind,
    path: relative(folder, item.path),
    sha256: item.sha256,
    size_bytes: item.sizeBytes,
    data_offset: item.dataOffset,
    sop_class: item.sopClass,
    sop_uid: item.sopUid,
    series_uid: item.seriesUid,
    study_uid: item.studyUid,
    transfer_syntax: item.transferSyntax,
    media_type: item.mediaType,
    name: item.name,
    received_ms,
    state: 'candidate',
  };
}
