import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { moves } from '../../src/line/states.ts';
import { nameKey } from '../../src/store/fold.ts';
import { openStore } from '../../src/store/store.ts';

/**
 * Fills a new database as years of work do: half of the studies went out, half came in, everything that hangs on them in
 * proportion, and history. All but the newest 500 have lost their files; of the newest 2,000 every 97th is on its way; of all
 * every 501st is in trouble. Patients are invented. Written by the database itself from a few numbers: a million rows in
 * some seconds.
 */
export function fillMany(folder: string, o: { studies: number; itemsPerStudy: number; end_ms: number }): void {
  openStore(folder, moves).close();
  const db = new Sqlite(join(folder, 'rohrpost.sqlite'));
  try {
    db.function('name_key', { deterministic: true }, (name) => nameKey(String(name)));
    db.pragma('journal_mode = DELETE'); // out of WAL, which cannot be left in one step
    db.pragma('journal_mode = OFF');
    db.pragma('synchronous = OFF');
    db.pragma('cache_size = -400000');
    const later = setAside(db);
    db.exec('BEGIN');
    for (const statement of rows(o)) db.exec(statement);
    for (const statement of counts) db.exec(statement);
    for (const sql of later) db.exec(sql);
    // A trigger derives the stage from the counters.
    db.exec('UPDATE study SET stage = state; UPDATE study SET deliveries = deliveries; COMMIT');
    db.pragma('journal_mode = WAL');
  } finally {
    db.close();
  }
}

/** Takes away the triggers that count (store/migrations/0001-counts.ts): to see what they cost. */
export function dropCounters(folder: string): void {
  const db = new Sqlite(join(folder, 'rohrpost.sqlite'));
  const names = db
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'trigger' AND (name GLOB '*_count_*' OR name GLOB '*_study_*' OR name GLOB 'study_stage_*')`,
    )
    .pluck()
    .all() as string[];
  for (const name of names) db.exec(`DROP TRIGGER ${name}`);
  db.close();
}

/** Triggers and indexes cost more row by row than at once; gives back how to make them again. */
function setAside(db: Database): string[] {
  const found = db
    .prepare(`SELECT type, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL`)
    .all() as { type: string; name: string; sql: string }[];
  for (const { type, name } of found) db.exec(`DROP ${type} ${name}`);
  return found.sort((a, b) => a.type.localeCompare(b.type)).map(({ sql }) => sql);
}

export const manyPartners = ['nord', 'sued', 'west', 'ost', 'mitte'] as const;

/** Mails of a study: every other one object by object, the others as one batch. */
const PARTS = `CASE WHEN n % 4 < 2 THEN k ELSE 1 END`;

function rows(o: { studies: number; itemsPerStudy: number; end_ms: number }): string[] {
  const numbers = (name: string, count: string) =>
    `${name}(${name}) AS (SELECT 0 UNION ALL SELECT ${name} + 1 FROM ${name} WHERE ${name} + 1 < ${count})`;
  return [
    `CREATE TEMP TABLE plan AS WITH RECURSIVE ${numbers('n', String(o.studies))}
     SELECT n, ${o.studies} AS total, ${o.itemsPerStudy} AS k, n % 2 = 0 AS is_out, printf('s%019d', n) AS study,
       ${o.end_ms} - (${o.studies} - n) * 1200000 AS at, printf('1.2.826.0.1.3680043.10.1.%d', n) AS uid,
       CASE n % 50 WHEN 0 THEN '${manyPartners[0]}' WHEN 1 THEN '${manyPartners[1]}' ELSE
         CASE n / 2 % 3 WHEN 0 THEN '${manyPartners[2]}' WHEN 1 THEN '${manyPartners[3]}' ELSE '${manyPartners[4]}' END END AS partner,
       ${pick(FAMILIES, 'abs(n * 7919) / 3')} || '^' || ${pick(GIVEN, 'abs(n * 104729) / 7')} AS name,
       CASE WHEN n % 501 = 0 THEN 'trouble' WHEN n % 97 = 0 AND n >= ${o.studies} - 2000 THEN 'going' ELSE 'done' END AS fate
     FROM n`,
    `INSERT INTO study (id, direction, origin, study_uid, calling_ae, patient_name, name_key, patient_id, patient_birth_date,
       patient_sex, accession_number, study_date, study_time, modality, first_ms, last_ms, peers, state, lane, moved_ms)
     SELECT study, iif(is_out, 'out', 'in'), iif(is_out, upper(partner), partner), uid, iif(is_out, 'CT1', ''), name,
       name_key(name), printf('TEST-%06d', n % 60000), '19700101', 'O', printf('ACC%07d', n), '20250101', '0900',
       CASE n % 3 WHEN 0 THEN 'CT' WHEN 1 THEN 'MR' ELSE 'CR' END, at, at + 60000, ' ' || partner || ' ',
       iif(is_out, 'routed', 'received'), partner, at + 70000 FROM plan ORDER BY n`,
    `INSERT INTO item (id, study_id, kind, path, sha256, size_bytes, data_offset, sop_class, sop_uid, series_uid, study_uid,
       transfer_syntax, media_type, received_ms, consigned, state, moved_ms)
     WITH RECURSIVE ${numbers('j', String(o.itemsPerStudy))}
     SELECT printf('i%015d%04d', n, j), study, 'instance', printf('spool/instances/2026-11-20/i%015d%04d.dcm', n, j),
       lower(hex(randomblob(32))), 524288, 340, '1.2.840.10008.5.1.4.1.1.2', uid || '.1.' || j, uid || '.1', uid,
       '1.2.840.10008.1.2.1', 'application/dicom', at + j * 100, is_out, iif(n < total - 500, 'removed', 'stored'), at + j * 100
     FROM plan CROSS JOIN j`,
    ...outbound,
    ...inbound,
    ...history,
  ];
}

const outbound = [
  `INSERT INTO consignment (id, study_id, partner_id, set_id, sequence, created_ms, sent_ms, closed_ms, state, lane, moved_ms, code)
   SELECT printf('c%019d', n), study, partner, printf('set%017d', n), 1, at + 80000, at + 90000, at + 99000,
     CASE fate WHEN 'done' THEN 'confirmed' WHEN 'going' THEN 'packed' ELSE 'held' END, partner, at + 99000,
     iif(fate = 'trouble', 'transport-recipient-refused', NULL)
   FROM plan WHERE is_out ORDER BY n`,
  `INSERT INTO consignment_item SELECT printf('c%019d', n), item.id, substr(item.id, -4) + 1
   FROM plan CROSS JOIN item ON item.id >= printf('i%015d', n) AND item.id < printf('i%015d', n + 1) WHERE is_out`,
  `INSERT INTO part (id, consignment_id, partner_id, number, total, inner_encoding, message_id, mail_bytes, sealings, sent_ms,
     response, state, lane, due_ms, moved_ms, code)
   WITH RECURSIVE j(j) AS (SELECT 1 UNION ALL SELECT j + 1 FROM j WHERE j < (SELECT max(k) FROM plan))
   SELECT printf('p%015d%04d', n, j), printf('c%019d', n), partner, j, ${PARTS}, 'base64', printf('<p%015d%04d@a.example>', n, j),
     700000, 1, at + 90000, '250 2.0.0 queued',
     CASE fate WHEN 'done' THEN 'confirmed' WHEN 'going' THEN 'sealed' ELSE 'held' END, partner,
     iif(fate = 'going', at + 90000, NULL), at + 99000, iif(fate = 'trouble', 'transport-recipient-refused', NULL)
   FROM plan CROSS JOIN j ON j <= ${PARTS} WHERE is_out`,
  `INSERT INTO part_item SELECT printf('p%015d%04d', n, iif(${PARTS} = 1, 1, position)), item_id, position
   FROM plan CROSS JOIN consignment_item ON consignment_id = printf('c%019d', n) WHERE is_out`,
];

const inbound = [
  `INSERT INTO inbound_set (id, partner_id, set_id, total, first_ms, last_ms, state, lane, moved_ms)
   SELECT printf('n%019d', n), partner, printf('set%017d', n), ${PARTS}, at, at + 60000, 'delivered', partner, at + 99000
   FROM plan WHERE NOT is_out ORDER BY n`,
  `INSERT INTO mail (id, source, mailbox_key, message_id, sha256, size_bytes, path, received_ms, partner_id, signer, signed_ms,
     receipt_to, state, lane, moved_ms)
   WITH RECURSIVE j(j) AS (SELECT 1 UNION ALL SELECT j + 1 FROM j WHERE j < (SELECT max(k) FROM plan))
   SELECT printf('m%015d%04d', n, j), 'imap', printf('1:%d', n * 100 + j), printf('<m%015d%04d@b.example>', n, j),
     lower(hex(randomblob(32))), 700000, printf('spool/inbox/m%015d%04d.eml', n, j), at + j, partner, 'F', at, 1, 'done', partner,
     at + 50000
   FROM plan CROSS JOIN j ON j <= ${PARTS} WHERE NOT is_out`,
  `INSERT INTO inbound_part (set_row, number, mail_id, content_sha256, admitted, answered)
   SELECT printf('n%019d', n), substr(mail.id, -4) + 0, mail.id, sha256, 1, 1
   FROM plan CROSS JOIN mail ON mail.id >= printf('m%015d', n) AND mail.id < printf('m%015d', n + 1) WHERE NOT is_out`,
  `INSERT INTO inbound_part_item (set_row, number, item_id, position)
   SELECT printf('n%019d', n), iif(${PARTS} = 1, 1, substr(item.id, -4) + 1), item.id, substr(item.id, -4) + 1
   FROM plan CROSS JOIN item ON item.id >= printf('i%015d', n) AND item.id < printf('i%015d', n + 1) WHERE NOT is_out`,
  `INSERT INTO delivery (id, item_id, study_id, target_id, status, delivered_ms, state, lane, due_ms, moved_ms, code)
   SELECT 'd' || substr(item.id, 2), item.id, study, 'pacs', 0, at + 95000,
     CASE fate WHEN 'done' THEN 'delivered' WHEN 'going' THEN 'due' ELSE 'refused' END, 'pacs',
     iif(fate = 'going', at + 95000, NULL), at + 95000, iif(fate = 'trouble', 'deliver-refused', NULL)
   FROM plan CROSS JOIN item ON item.id >= printf('i%015d', n) AND item.id < printf('i%015d', n + 1) WHERE NOT is_out`,
  `INSERT INTO receipt (id, partner_id, mail_id, original_message_id, disposition, message_id, state, lane, moved_ms)
   SELECT 'r' || substr(id, 2), partner_id, id, message_id, 'displayed', printf('<r%s@a.example>', id), 'sent', partner_id, moved_ms
   FROM mail`,
];

const line = (entity: string, from: string, to: string, at: string, where = 'TRUE') =>
  `INSERT INTO history (entity, row_id, at_ms, from_state, to_state)
   SELECT '${entity}', id, ${at}, '${from}', '${to}' FROM ${entity} WHERE ${where}`;

const history = [
  line('study', 'arriving', 'settled', 'moved_ms', `direction = 'out'`),
  line('study', 'settled', 'routed', 'moved_ms', `direction = 'out'`),
  line('consignment', 'routed', 'packed', 'created_ms'),
  line('consignment', 'packed', 'confirmed', 'moved_ms'),
  line('part', 'planned', 'sealed', 'sent_ms'),
  line('part', 'sealed', 'sent', 'sent_ms'),
  line('part', 'sent', 'confirmed', 'moved_ms'),
  line('mail', 'collected', 'opened', 'received_ms'),
  line('mail', 'opened', 'done', 'moved_ms'),
  line('inbound_set', 'waiting', 'ready', 'last_ms'),
  line('inbound_set', 'ready', 'admitted', 'last_ms'),
  line('inbound_set', 'admitted', 'delivered', 'moved_ms'),
  line('delivery', 'due', 'delivered', 'moved_ms'),
  line('receipt', 'due', 'sent', 'moved_ms'),
];

const counts = [
  `INSERT INTO hour (hour, sent_bytes, received_bytes, studies_out, studies_in)
   SELECT hour, sum(sent), sum(received), sum(out), sum(came) FROM (
     SELECT sent_ms / 3600000 AS hour, mail_bytes AS sent, 0 AS received, 0 AS out, 0 AS came FROM part
     UNION ALL SELECT received_ms / 3600000, 0, size_bytes, 0, 0 FROM mail
     UNION ALL SELECT first_ms / 3600000, 0, 0, direction = 'out', direction = 'in' FROM study) GROUP BY hour`,
  `UPDATE study SET items = x.items, size_bytes = x.bytes FROM
     (SELECT study_id, count(*) AS items, sum(size_bytes) AS bytes FROM item GROUP BY study_id) AS x WHERE x.study_id = study.id`,
  `UPDATE study SET parts = x.n, parts_sent = x.sent, parts_confirmed = x.confirmed FROM
     (SELECT 's' || substr(consignment_id, 2) AS study_id, count(*) AS n, sum(state IN ('sent', 'confirmed', 'refused')) AS sent,
        sum(state = 'confirmed') AS confirmed FROM part GROUP BY consignment_id) AS x WHERE x.study_id = study.id`,
  `UPDATE study SET deliveries = x.n, deliveries_done = x.done, deliveries_refused = x.refused FROM
     (SELECT study_id, count(*) AS n, sum(state = 'delivered') AS done, sum(state = 'refused') AS refused FROM delivery
      GROUP BY study_id) AS x WHERE x.study_id = study.id`,
  ...['study', 'consignment', 'part', 'mail', 'inbound_set', 'delivery', 'receipt'].map(
    (table) =>
      `UPDATE state SET count = x.n FROM (SELECT state, count(*) AS n FROM ${table} GROUP BY state) AS x
       WHERE entity = '${table}' AND name = x.state`,
  ),
];

function pick(names: readonly string[], number: string): string {
  const cases = names.map((name, index) => `WHEN ${index} THEN '${name}'`).join(' ');
  return `CASE (${number}) % ${names.length} ${cases} END`;
}

/** All but the rare first one are common. */
const FAMILIES =
  'Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Krause Meier Lehmann Köhler Maier Jung Weiß Keller Hahn Vogel Günther Berger Roth Beck Lorenz Baumann Franke Albrecht Schuster Simon Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß Seidel Heinrich Brandt Haas Schreiber Graf Schulte Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann Thomas Voigt Sauer Arnold Wolff Pfeiffer'
    .split(' ')
    .map((name) => `Test${name.toLowerCase()}`);
const GIVEN = 'Erika Max Jürgen Anna Paul Sophie Björn Käthe Uwe Ilse Otto Emma Karl Lena Fritz Marie'.split(' ');
