import type { Database } from 'better-sqlite3';
import { newId } from '../core/ids.ts';

/** An instance (DICOM object) or a document of a study. */
export interface ItemRow {
  id: string;
  study_id: string | null;
  kind: 'instance' | 'document' | 'comment';
  path: string;
  sha256: string;
  size_bytes: number;
  data_offset: number;
  sop_class: string;
  sop_uid: string;
  series_uid: string;
  study_uid: string;
  transfer_syntax: string;
  media_type: string;
  name: string;
  received_ms: number;
  consigned: number;
  state: string;
  moved_ms: number;
}

export type NewItem = Omit<ItemRow, 'id' | 'consigned' | 'moved_ms'>;

export interface ItemTable {
  add(item: NewItem): string;
  get(id: string): ItemRow | undefined;
  /** Instances of a study that have this SOP Instance UID, in whatever series, the kept ones first. */
  withSopUid(studyId: string, sopUid: string): ItemRow[];
  /** Does the study hold an instance, or only documents? */
  hasInstances(studyId: string): boolean;
  /** A document or comment of the study with these bytes. */
  sameDocument(studyId: string, sha256: string): ItemRow | undefined;
  /** Stored items of a study that no consignment holds yet. */
  unconsigned(studyId: string): ItemRow[];
  /** Stored items of a study that no consignment to this partner has ever held. */
  notYetFor(studyId: string, partnerId: string): ItemRow[];
  ofStudy(studyId: string): ItemRow[];
  /** How many objects of each kind the series of a study have whose files are here. */
  series(studyId: string): { series_uid: string; sop_class: string; count: number }[];
  /** The object of one kind in the middle of a series, in the order in which they came. */
  middleOf(studyId: string, series: { series_uid: string; sop_class: string; count: number }): ItemRow | undefined;
  ofPart(partId: string): ItemRow[];
  ofConsignment(consignmentId: string): ItemRow[];
  markConsigned(studyId: string): void;
  setState(id: string, state: string, now_ms: number): void;
  /** A candidate becomes part of a study. */
  adopt(id: string, studyId: string, now_ms: number): void;
}

export function itemTable(db: Database): ItemTable {
  const add = db.prepare(
    `INSERT INTO item (id, study_id, kind, path, sha256, size_bytes, data_offset, sop_class, sop_uid, series_uid, study_uid,
       transfer_syntax, media_type, name, received_ms, state, moved_ms)
     VALUES (@id, @study_id, @kind, @path, @sha256, @size_bytes, @data_offset, @sop_class, @sop_uid, @series_uid, @study_uid,
       @transfer_syntax, @media_type, @name, @received_ms, @state, @received_ms)`,
  );
  const get = db.prepare('SELECT * FROM item WHERE id = ?');
  const withSopUid = db.prepare(
    `SELECT * FROM item WHERE study_id = ? AND sop_uid = ? AND kind = 'instance' AND state IN ('stored', 'conflict', 'removed')
     ORDER BY state = 'conflict', received_ms`,
  );
  const anInstance = db.prepare(
    `SELECT 1 FROM item WHERE study_id = ? AND kind = 'instance' AND state IN ('stored', 'removed') LIMIT 1`,
  );
  const sameDocument = db.prepare(
    `SELECT * FROM item WHERE study_id = ? AND sha256 = ? AND kind <> 'instance' AND state IN ('stored', 'removed')`,
  );
  const unconsigned = db.prepare(
    `SELECT * FROM item WHERE study_id = ? AND state = 'stored' AND consigned = 0 ORDER BY received_ms, id`,
  );
  const notYetFor = db.prepare(
    `SELECT * FROM item WHERE study_id = @study AND state = 'stored' AND id NOT IN
       (SELECT item_id FROM consignment_item JOIN consignment AS c ON c.id = consignment_id
        WHERE c.study_id = @study AND c.partner_id = @partner)
     ORDER BY received_ms, id`,
  );
  const heldBack = db
    .prepare(
      `SELECT (SELECT count(*) FROM item WHERE study_id = @study) -
         (SELECT count(*) FROM consignment_item JOIN consignment AS c ON c.id = consignment_id
          WHERE c.study_id = @study AND c.partner_id = @partner)`,
    )
    .pluck();
  const ofStudy = db.prepare('SELECT * FROM item WHERE study_id = ? ORDER BY received_ms, id');
  const here = `study_id = @study AND kind = 'instance' AND state = 'stored'`;
  const series = db.prepare(
    `SELECT series_uid, sop_class, count(*) AS count FROM item WHERE ${here} GROUP BY series_uid, sop_class ORDER BY count(*) DESC`,
  );
  const middleOf = db.prepare(
    `SELECT * FROM item WHERE ${here} AND series_uid = @series_uid AND sop_class = @sop_class
     ORDER BY received_ms, id LIMIT 1 OFFSET @middle`,
  );
  const joined = (table: string) =>
    db.prepare(
      `SELECT item.* FROM ${table}_item AS link JOIN item ON item.id = link.item_id
       WHERE link.${table}_id = ? ORDER BY link.position`,
    );
  const ofPart = joined('part');
  const ofConsignment = joined('consignment');
  const markConsigned = db.prepare(`UPDATE item SET consigned = 1 WHERE study_id = ? AND state = 'stored'`);
  const setState = db.prepare('UPDATE item SET state = ?, moved_ms = ? WHERE id = ?');
  const adopt = db.prepare(`UPDATE item SET state = 'stored', study_id = ?, moved_ms = ? WHERE id = ?`);
  return {
    add: (item) => {
      const id = newId();
      add.run({ id, ...item });
      return id;
    },
    get: (id) => get.get(id) as ItemRow | undefined,
    withSopUid: (study, uid) => withSopUid.all(study, uid) as ItemRow[],
    hasInstances: (study) => anInstance.get(study) !== undefined,
    sameDocument: (study, sha) => sameDocument.get(study, sha) as ItemRow | undefined,
    unconsigned: (study) => unconsigned.all(study) as ItemRow[],
    notYetFor: (study, partner) => {
      // Nearly always the partner has had all but the newest; counting that is ten times quicker than comparing.
      const open = unconsigned.all(study) as ItemRow[];
      if (heldBack.get({ study, partner }) === open.length) return open;
      return notYetFor.all({ study, partner }) as ItemRow[];
    },
    ofStudy: (study) => ofStudy.all(study) as ItemRow[],
    series: (study) => series.all({ study }) as ReturnType<ItemTable['series']>,
    middleOf: (study, { series_uid, sop_class, count }) =>
      middleOf.get({ study, series_uid, sop_class, middle: Math.floor(count / 2) }) as ItemRow | undefined,
    ofPart: (part) => ofPart.all(part) as ItemRow[],
    ofConsignment: (consignment) => ofConsignment.all(consignment) as ItemRow[],
    markConsigned: (study) => {
      markConsigned.run(study);
    },
    setState: (id, state, now) => {
      setState.run(state, now, id);
    },
    adopt: (id, study, now) => {
      adopt.run(study, now, id);
    },
  };
}
