import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { examine } from '../../src/config/examine.ts';
import { formed, integer, nullable, oneOf, openGroup, text, yesNo } from '../../src/config/kinds.ts';
import { pathText } from '../../src/config/problems.ts';
import { makeFolder, writeDurably } from '../../src/core/files.ts';
import { isVersion } from '../../src/core/versions.ts';
import type { BoxReport } from '../../src/update/words.ts';
import { failure, reasonOf } from './errors.ts';

/** What the operator keeps of a box: its latest report, how it came, and what it said before its present version. */
export interface BoxRecord {
  report: BoxReport;
  /** ISO 8601: when the operator got the report, by the operator's own clock. */
  received: string;
  /** ISO 8601: when the operator first heard of the box. */
  first: string;
  /** `mail`: its signature was good. */
  by: 'https' | 'mail';
  /** The health that the box last told under the version before; null: nobody heard of it then. */
  before: { version: string; health: BoxReport['health'] } | null;
}

/** A report has some 300 bytes. */
export const REPORT_BYTES = 16 * 1024;
/** No fleet of clinics has more; a stranger who invents boxes shall not fill the disk. */
const MOST_BOXES = 10_000;
const FILE = /^box-([0-9a-z]{16,40})\.json$/;

const version = (description: string) => formed('^[0-9][0-9A-Za-z.+-]*$', { description, maxLength: 64 });
const schema = openGroup(
  {
    format: integer(1, 1, { description: 'Format' }),
    box: formed('^[0-9a-z]{16,40}$', { description: 'Box' }),
    name: text({ description: 'Name', maxLength: 64 }),
    product: formed('^rohrpost-[a-z0-9]{1,20}$', { description: 'Product' }),
    version: version('Version'),
    slot: oneOf(['A', 'B'], { description: 'Slot' }),
    trial: yesNo({ description: 'On trial' }),
    health: oneOf(['green', 'yellow', 'red'], { description: 'Health' }),
    last: nullable(
      openGroup(
        {
          version: version('Version'),
          result: oneOf(['installed', 'good', 'fell-back', 'refused', 'failed'], { description: 'Result' }),
          code: nullable(formed('^[a-z0-9-]{1,64}$', { description: 'Code' })),
        },
        { description: 'Last update' },
      ),
    ),
    sequence: integer(0, Number.MAX_SAFE_INTEGER, { description: 'Index' }),
    at: formed('^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?Z$', { description: 'When' }),
  },
  { description: 'Report' },
);

/** A report in its form, and no field besides; nothing of it is proven. @throws FleetError report-invalid */
export function parseReport(body: Uint8Array): BoxReport {
  if (body.length > REPORT_BYTES) throw failure('report-invalid', { reason: 'too long' });
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw failure('report-invalid', { reason: 'no JSON' });
  }
  const { value, findings } = examine(schema, found);
  const [first] = findings;
  if (first) throw failure('report-invalid', { reason: `${pathText(first.path) || 'all of it'}: ${first.code}` });
  const { format, box, name, product, version: running, slot, trial, health, last, sequence, at } = value as BoxReport;
  if (!isVersion(running) || (last && !isVersion(last.version))) throw failure('report-invalid', { reason: 'version' });
  const lastPart = last && { version: last.version, result: last.result, code: last.code };
  return { format, box, name, product, version: running, slot, trial, health, last: lastPart, sequence, at };
}

/** The reports of a fleet: a folder with one small file for each box, replaced whole. */
export interface ReportShelf {
  /** Keeps a report. @throws FleetError reports-full */
  put(report: BoxReport, o: { now_ms: number; by: BoxRecord['by'] }): Promise<BoxRecord>;
  get(box: string): BoxRecord | undefined;
  all(): BoxRecord[];
}

/** @throws FleetError file-unreadable */
export async function openShelf(folder: string, o: { most_boxes?: number } = {}): Promise<ReportShelf> {
  await makeFolder(folder);
  const most = o.most_boxes ?? MOST_BOXES;
  const records = new Map<string, BoxRecord>();
  for (const record of await readRecords(folder)) records.set(record.report.box, record);
  return {
    get: (box) => records.get(box),
    all: () => [...records.values()],
    async put(report, { now_ms, by }) {
      const known = records.get(report.box);
      if (!known && records.size >= most) throw failure('reports-full', { most });
      const received = new Date(now_ms).toISOString();
      const record: BoxRecord = {
        ...{ report, received, by, first: known?.first ?? received },
        before: known ? healthBefore(known, report) : null,
      };
      records.set(report.box, record);
      await writeDurably(join(folder, `box-${report.box}.json`), `${JSON.stringify(record)}\n`);
      return record;
    },
  };
}

/** What was true under the last other version: by it a version is known that made a box ill. */
function healthBefore({ report: old, before }: BoxRecord, report: BoxReport): BoxRecord['before'] {
  return old.version === report.version ? before : { version: old.version, health: old.health };
}

/** The records of a folder; one that cannot be read is an error, for who counts must not count too few. */
export async function readRecords(folder: string): Promise<BoxRecord[]> {
  const names = await readdir(folder).catch((cause) => {
    throw failure('file-unreadable', { file: folder, reason: reasonOf(cause) });
  });
  const records: BoxRecord[] = [];
  for (const name of names.filter((one) => FILE.test(one)).sort()) {
    const file = join(folder, name);
    try {
      const record = JSON.parse(await readFile(file, 'utf8')) as BoxRecord;
      if (Number.isNaN(Date.parse(record.received))) throw new Error('received');
      records.push({ ...record, report: parseReport(Buffer.from(JSON.stringify(record.report))) });
    } catch (cause) {
      throw failure('file-unreadable', { file, reason: reasonOf(cause) });
    }
  }
  return records;
}
