import type { Database } from 'better-sqlite3';
import { foldedWords } from './fold.ts';
import type { StudyRow } from './studies.ts';

/** What a study is looked for by; what is left out does not matter. */
export interface StudyQuery {
  /** Its latest image came within these, in ms since 1970. */
  from_ms?: number | undefined;
  to_ms?: number | undefined;
  /** Beginnings of words of the patient's name, in any order: `Müller^Jürgen`, `jurgen mull`. */
  name?: string | undefined;
  /** Beginnings of these, capital or not. */
  patientId?: string | undefined;
  accession?: string | undefined;
  partner?: string | undefined;
  direction?: 'out' | 'in' | undefined;
  stages?: readonly string[] | undefined;
  /** Only what comes after this one in the list. */
  after?: Pick<StudyRow, 'last_ms' | 'id'> | undefined;
  limit: number;
}

/** Words of a name that count: nobody has more, and each is looked for in every row. */
const MOST_WORDS = 6;

/**
 * Studies, the latest first. One walk along the index study_list, from its newest end or from `after`; it holds whatever may be
 * asked, so that only the rows that are found are read. Where nothing is found, the walk goes over all of it: some tens of
 * milliseconds for a hundred thousand studies.
 */
export function searchStudies(db: Database, query: StudyQuery): StudyRow[] {
  const { terms, values } = termsOf(query);
  const where = terms.length > 0 ? `WHERE ${terms.join(' AND ')}` : '';
  return db
    .prepare(`SELECT * FROM study INDEXED BY study_list ${where} ORDER BY last_ms DESC, id DESC LIMIT @limit`)
    .all({ ...values, limit: query.limit }) as StudyRow[];
}

function termsOf(query: StudyQuery): { terms: string[]; values: Record<string, string | number> } {
  const terms: string[] = [];
  const values: Record<string, string | number> = {};
  const add = (name: string, value: string | number | undefined, term: string) => {
    if (value === undefined || value === '') return;
    terms.push(term);
    values[name] = value;
  };
  add('from', query.from_ms, 'last_ms >= @from');
  add('to', query.to_ms, 'last_ms <= @to');
  if (query.after) {
    terms.push('(last_ms, id) < (@last, @id)');
    values.last = query.after.last_ms;
    values.id = query.after.id;
  }
  add('direction', query.direction, 'direction = @direction');
  add('partner', query.partner && ` ${query.partner} `, 'instr(peers, @partner)');
  add('stages', query.stages && JSON.stringify(query.stages), 'stage IN (SELECT value FROM json_each(@stages))');
  add('patient', beginning(query.patientId), `patient_id LIKE @patient ESCAPE '\\'`);
  add('accession', beginning(query.accession), `accession_number LIKE @accession ESCAPE '\\'`);
  for (const [index, word] of foldedWords(query.name ?? '')
    .slice(0, MOST_WORDS)
    .entries()) {
    add(`word${index}`, ` ${word}`, `instr(name_key, @word${index})`);
  }
  return { terms, values };
}

const beginning = (text: string | undefined) => text && `${text.trim().replace(/[\\%_]/g, '\\$&')}%`;
