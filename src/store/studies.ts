import type { Database } from 'better-sqlite3';
import { newId } from '../core/ids.ts';
import { nameKey } from './fold.ts';
import { type WorkRow, type WorkTable, workTable } from './work.ts';

export interface StudyRow extends WorkRow {
  direction: 'out' | 'in';
  origin: string;
  study_uid: string;
  calling_ae: string;
  patient_name: string;
  patient_id: string;
  patient_birth_date: string;
  patient_sex: string;
  accession_number: string;
  study_date: string;
  study_time: string;
  description: string;
  modality: string;
  /** Other attributes that rules may ask for: JSON, the values by keyword. */
  tags: string;
  first_ms: number;
  last_ms: number;
  open_since_ms: number | null;
  receiving: number;
  aborted: number;
  flags: string;
  /** The words of the patient's name as they are searched for. */
  name_key: string;
  /** Partners that it came from or goes to, a space before and behind each. */
  peers: string;
  /** How far it is, in one word (line/state-texts.ts). */
  stage: string;
  items: number;
  size_bytes: number;
  /** Mails on the way out: all but those given up, those that the mail server took, those that the partner confirmed. */
  parts: number;
  parts_sent: number;
  parts_confirmed: number;
  /** Deliveries: all but those given up, those done, held, refused; and those given up. */
  deliveries: number;
  deliveries_done: number;
  deliveries_held: number;
  deliveries_refused: number;
  deliveries_discarded: number;
}

/** What of a study's header the box remembers: to show it, to route it, to see two patients under one UID. */
export type StudyFacts = Pick<
  StudyRow,
  | 'study_uid'
  | 'calling_ae'
  | 'patient_name'
  | 'patient_id'
  | 'patient_birth_date'
  | 'patient_sex'
  | 'accession_number'
  | 'study_date'
  | 'study_time'
  | 'description'
  | 'modality'
  | 'tags'
>;

export interface StudyTable extends WorkTable<StudyRow> {
  find(direction: 'out' | 'in', origin: string, studyUid: string): StudyRow | undefined;
  add(o: {
    direction: 'out' | 'in';
    origin: string;
    facts: StudyFacts;
    state: string;
    lane: string;
    now_ms: number;
  }): StudyRow;
  /** Fills in what a header tells of a study that was known by a document alone. */
  describe(id: string, facts: StudyFacts): void;
  /**
   * Another instance came: last time, its modality if new, what is remembered of its header now, and the moment since which
   * something is unconsigned.
   */
  touch(
    id: string,
    o: { now_ms: number; open_since_ms: number | null; modality: string; tags?: string; flag?: string },
  ): void;
  /** Sets when the study next falls due (settle), unowned or not. */
  setDue(id: string, due_ms: number | null, urgent: boolean): void;
  /** The association that brought something is over: well, or in the middle. */
  setAborted(id: string, aborted: boolean): void;
  /** Studies whose association the end of an earlier boot cut off. */
  cutOff(): StudyRow[];
  /** All that went out has been put into consignments. */
  closeOpen(id: string): void;
}

const FACTS = [
  'study_uid',
  'calling_ae',
  'patient_name',
  'patient_id',
  'patient_birth_date',
  'patient_sex',
  'accession_number',
  'study_date',
  'study_time',
  'description',
  'modality',
  'tags',
] as const;

export function studyTable(db: Database): StudyTable {
  const find = db.prepare('SELECT * FROM study WHERE direction = ? AND origin = ? AND study_uid = ?');
  const add = db.prepare(
    `INSERT INTO study (id, direction, origin, ${FACTS.join(', ')}, name_key, first_ms, last_ms, state, lane, moved_ms)
     VALUES (@id, @direction, @origin, ${FACTS.map((f) => `@${f}`).join(', ')}, @key, @now, @now, @state, @lane, @now)`,
  );
  const touch = db.prepare(
    `UPDATE study SET last_ms = @now, open_since_ms = coalesce(open_since_ms, @open), receiving = (direction = 'out'),
       tags = coalesce(@tags, tags),
       modality = CASE WHEN @modality = '' OR instr(' ' || modality || ' ', ' ' || @modality || ' ') THEN modality
                       ELSE trim(modality || ' ' || @modality) END,
       flags = CASE WHEN @flag = '' OR instr(' ' || flags || ' ', ' ' || @flag || ' ') THEN flags
                    ELSE trim(flags || ' ' || @flag) END
     WHERE id = @id`,
  );
  const describe = db.prepare(
    `UPDATE study SET ${FACTS.map((f) => `${f} = @${f}`).join(', ')}, name_key = @key WHERE id = @id`,
  );
  const setDue = db.prepare('UPDATE study SET due_ms = ?, urgent = max(urgent, ?) WHERE id = ?');
  const setAborted = db.prepare('UPDATE study SET aborted = ?, receiving = 0 WHERE id = ?');
  const cutOff = db.prepare('SELECT * FROM study WHERE receiving = 1');
  const closeOpen = db.prepare('UPDATE study SET open_since_ms = NULL, aborted = 0 WHERE id = ?');
  const work = workTable<StudyRow>(db, 'study');
  return {
    ...work,
    find: (direction, origin, uid) => find.get(direction, origin, uid) as StudyRow | undefined,
    add: ({ direction, origin, facts, state, lane, now_ms }) => {
      const id = newId();
      add.run({ id, direction, origin, ...facts, key: nameKey(facts.patient_name), state, lane, now: now_ms });
      return work.get(id)!;
    },
    describe: (id, facts) => {
      describe.run({ id, ...facts, key: nameKey(facts.patient_name) });
    },
    touch: (id, o) => {
      const { modality, tags = null, flag = '' } = o;
      touch.run({ id, now: o.now_ms, open: o.open_since_ms, modality, tags, flag });
    },
    setDue: (id, due, urgent) => {
      setDue.run(due, urgent ? 1 : 0, id);
    },
    setAborted: (id, aborted) => {
      setAborted.run(aborted ? 1 : 0, id);
    },
    cutOff: () => cutOff.all() as StudyRow[],
    closeOpen: (id) => {
      closeOpen.run(id);
    },
  };
}
