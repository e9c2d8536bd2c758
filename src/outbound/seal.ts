import { join, relative } from 'node:path';
import type { Partner } from '../config/schema.ts';
import { RohrpostError } from '../core/errors.ts';
import { removeBeginningWith, removeFile } from '../core/files.ts';
import { lineLimits } from '../core/limits.ts';
import type { Station } from '../line/conveyor.ts';
import { done, type Outcome, wait } from '../line/outcome.ts';
import type { ConsignmentTable } from '../store/consignments.ts';
import type { ItemRow, ItemTable } from '../store/items.ts';
import type { PartRow, PartTable } from '../store/parts.ts';
import type { SealJob, SealResult } from '../workers/seal.ts';

export interface SealParts {
  consignments: ConsignmentTable;
  items: ItemTable;
  parts: PartTable;
  folder: string;
  partner(id: string): Partner | undefined;
  /** The pinned key to encrypt to, checked to be usable now. @throws RohrpostError partner-key-missing, pgp-key-… */
  encryptionKey(partner: Partner): Promise<{ fingerprint: string; armored: string }>;
  /** Our own unlocked key as the worker needs it. @throws RohrpostError own-key-missing, pgp-passphrase-wrong */
  ownKey(): Promise<{ armored: string; passphrase: string }>;
  from(): string;
  limitBytes(partner: Partner): Promise<number>;
  /** Our own signed fields, such as what we take. */
  ownFields(): readonly [string, string][];
  seal(job: SealJob, signal: AbortSignal): Promise<SealResult>;
  /** A clock that is plainly wrong must not date signatures or call keys expired (F54). */
  clockTrusted(): boolean;
  onHeld(part: PartRow): void;
  now(): number;
  steady(): number;
}

/**
 * Station "seal": a part → a mail file, signed and encrypted for exactly its partner. The bytes stream from the spool through
 * MIME, OpenPGP and armor into the outbox, in a worker thread; a kill at any point leaves at most an orphan ciphertext, and
 * the same part is sealed again under the same ids (F23).
 */
export function sealStation(o: SealParts): Station<PartRow> {
  return {
    name: 'seal',
    table: o.parts,
    from: 'planned',
    concurrency: 2,
    perLane: 2,
    deadline_ms: lineLimits.crypto_ms,
    heldState: 'held',
    onHeld: o.onHeld,
    run: ([part], { signal }) => seal(o, part!, signal),
  };
}

async function seal(o: SealParts, part: PartRow, signal: AbortSignal): Promise<Outcome> {
  if (!o.clockTrusted()) return wait(o.steady() + 60_000, new RohrpostError('clock-untrusted'));
  const partner = o.partner(part.partner_id);
  if (!partner) throw new RohrpostError('partner-gone', { details: { partner: part.partner_id } });
  const consignment = o.consignments.get(part.consignment_id)!;
  const items = o.items.ofPart(part.id);
  const key = await o.encryptionKey(partner);
  for (const path of JSON.parse(part.mail_paths) as string[]) await removeFile(join(o.folder, path));
  if (part.attempts > 0) await removeBeginningWith(join(o.folder, OUTBOX), `${part.id}.`);
  const result = await o.seal(
    {
      items: items.map((item, index) => jobItem(o.folder, item, index)),
      fields: { setId: consignment.set_id, part: part.number, total: part.total },
      encoding: part.inner_encoding,
      ownFields: [...o.ownFields()],
      from: o.from(),
      to: partner.address,
      messageId: part.message_id,
      dateMs: o.now(),
      receiptTo: partner.receipts.ask ? o.from() : null,
      partnerKey: key.armored,
      ownKey: await o.ownKey(),
      compress: shouldCompress(partner, part, items),
      out: join(o.folder, OUTBOX, `${part.id}.eml`),
      cutAbove_bytes: partner.fragments ? await o.limitBytes(partner) : null,
    },
    signal,
  );
  const commit = () => {
    o.parts.setSealed(part.id, {
      mailPaths: result.paths.map((path) => relative(o.folder, path)),
      mailHashes: result.hashes,
      mailBytes: result.mailBytes,
      sealedFor: key.fingerprint,
    });
  };
  return done('sealed', { commit, due_ms: o.steady() });
}

const OUTBOX = join('spool', 'outbox');

function jobItem(folder: string, item: ItemRow, index: number): SealJob['items'][number] {
  const number = String(index + 1).padStart(4, '0');
  return {
    kind: item.kind,
    path: join(folder, item.path),
    name: item.kind === 'instance' ? `${number}.dcm` : `${number}`,
    mediaType: item.media_type,
    sizeBytes: item.size_bytes,
    sha256: item.sha256,
    dataOffset: item.data_offset,
    studyUid: item.study_uid,
  };
}

/** Transfer syntaxes whose pixels are not compressed: implicit and explicit little endian, explicit big endian. */
const UNCOMPRESSED = new Set(['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.2']);

/** Base64 inside always wins its third back; a binary inner part only where something in it is not compressed already. */
function shouldCompress(partner: Partner, part: PartRow, items: readonly ItemRow[]): boolean {
  if (partner.compress !== 'auto') return partner.compress === 'always';
  return (
    part.inner_encoding === 'base64' ||
    items.some((item) => item.kind !== 'instance' || UNCOMPRESSED.has(item.transfer_syntax))
  );
}
