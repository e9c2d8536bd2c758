import type { Partner } from '../config/schema.ts';
import { RohrpostError } from '../core/errors.ts';
import { lineLimits } from '../core/limits.ts';
import type { Station } from '../line/conveyor.ts';
import { done } from '../line/outcome.ts';
import type { ConsignmentRow, ConsignmentTable } from '../store/consignments.ts';
import type { ItemRow, ItemTable } from '../store/items.ts';
import type { PartTable } from '../store/parts.ts';

export interface PackParts {
  consignments: ConsignmentTable;
  items: ItemTable;
  parts: PartTable;
  /** The partner's settings; undefined when it was removed. */
  partner(id: string): Partner | undefined;
  /** What the partner announced that it takes: some of `batch`, `binary`. */
  accepts(partnerId: string): ReadonlySet<string>;
  /** Largest mail that the way to this partner takes: profile, server's SIZE, what refusals taught; in bytes. */
  limitBytes(partner: Partner): Promise<number>;
  /** Upper bound of the sealed mail that carries these items, in bytes. */
  sealedBytes(items: readonly ItemRow[], encoding: 'base64' | 'binary'): number;
  messageId(partId: string): string;
  now(): number;
  steady(): number;
}

/**
 * Station "pack": a consignment → its parts, that is, which items travel in which mail. Pure planning; bytes are streamed
 * later. Part ids, and with them Message-IDs, are fixed here for ever.
 */
export function packStation(o: PackParts): Station<ConsignmentRow> {
  return {
    name: 'pack',
    table: o.consignments,
    from: 'routed',
    concurrency: 4,
    perLane: 1,
    deadline_ms: 5 * 60_000,
    heldState: 'held',
    run: ([consignment]) => pack(o, consignment!),
  };
}

async function pack(o: PackParts, consignment: ConsignmentRow) {
  const partner = o.partner(consignment.partner_id);
  if (!partner) throw new RohrpostError('partner-gone', { details: { partner: consignment.partner_id } });
  const accepts = o.accepts(partner.id);
  const batch = partner.form === 'batch' || (partner.form === 'auto' && accepts.has('batch'));
  const binary = partner.inner === 'binary' || (partner.inner === 'auto' && accepts.has('binary'));
  const encoding = binary ? 'binary' : 'base64';
  const limit = await o.limitBytes(partner);
  const plan = planParts(o.items.ofConsignment(consignment.id), {
    batch,
    limit_bytes: limit,
    mayCut: partner.fragments,
    sealedBytes: (items) => o.sealedBytes(items, encoding),
  });
  const commit = () => {
    for (const [index, items] of plan.entries()) {
      o.parts.add({
        consignmentId: consignment.id,
        partnerId: partner.id,
        number: index + 1,
        total: plan.length,
        innerEncoding: encoding,
        messageId: o.messageId,
        itemIds: items.map((item) => item.id),
        urgent: consignment.urgent === 1,
        due_ms: o.steady(),
        now_ms: o.now(),
      });
    }
  };
  return done('packed', { commit });
}

/**
 * Cuts items into parts: one by one (classic), or as many as fit (batch). Pure.
 * @throws RohrpostError pack-item-too-large when one item alone exceeds the limit and mails may not be cut (F29)
 */
export function planParts(
  items: readonly ItemRow[],
  o: { batch: boolean; limit_bytes: number; mayCut: boolean; sealedBytes(items: readonly ItemRow[]): number },
): ItemRow[][] {
  const fill_bytes = Math.min(o.limit_bytes, lineLimits.batch_bytes);
  const parts: ItemRow[][] = [];
  let open: ItemRow[] = [];
  let open_bytes = 0;
  for (const item of items) {
    const item_bytes = o.sealedBytes([item]);
    if (item_bytes > o.limit_bytes && !o.mayCut) {
      throw new RohrpostError('pack-item-too-large', { details: { item_bytes, limit_bytes: o.limit_bytes } });
    }
    // The sum of single mails is an upper bound of the batch mail: each counts the frame once.
    const fits = o.batch && open_bytes + item_bytes <= fill_bytes && open.length < lineLimits.batch_items;
    if (open.length === 0 || !fits) {
      open = [];
      open_bytes = 0;
      parts.push(open);
    }
    open.push(item);
    open_bytes += item_bytes;
  }
  return parts;
}
