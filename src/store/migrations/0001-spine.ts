import { isOpen } from '../open.ts';
import { counts } from './0001-counts.ts';

/**
 * Columns of every table whose rows travel along a line (see store/work.ts): the state; the lane (partner or target)
 * that must not hold up others; when it is due; which boot of the box works on it; how often it was tried; and why it
 * waits, with the peer's own words.
 */
const work = `
  state TEXT NOT NULL,
  lane TEXT NOT NULL DEFAULT '',
  urgent INTEGER NOT NULL DEFAULT 0,
  due_ms INTEGER,
  owner TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  code TEXT,
  reason TEXT,
  moved_ms INTEGER NOT NULL`;

const travelling = ['study', 'consignment', 'part', 'mail', 'inbound_set', 'delivery', 'receipt'] as const;

const guard = (table: string) => `
CREATE TRIGGER ${table}_moves BEFORE UPDATE OF state ON ${table}
WHEN NEW.state <> OLD.state AND NOT EXISTS
  (SELECT 1 FROM move WHERE entity = '${table}' AND from_state = OLD.state AND to_state = NEW.state)
BEGIN SELECT RAISE(ABORT, 'illegal move of ${table}'); END;
CREATE TRIGGER ${table}_births BEFORE INSERT ON ${table}
WHEN NOT EXISTS (SELECT 1 FROM state WHERE entity = '${table}' AND name = NEW.state)
BEGIN SELECT RAISE(ABORT, 'unknown state of ${table}'); END;`;

/** A move and its line of history are one transaction because the database itself writes the line. */
const remember = (table: (typeof travelling)[number]) => `
CREATE TRIGGER ${table}_history AFTER UPDATE OF state ON ${table} WHEN NEW.state <> OLD.state
BEGIN INSERT INTO history (entity, row_id, at_ms, from_state, to_state, code, reason, tries, tried_code, tried_reason)
  VALUES ('${table}', NEW.id, NEW.moved_ms, OLD.state, NEW.state, NEW.code, NEW.reason, nullif(OLD.attempts, 0),
    CASE WHEN OLD.attempts > 0 THEN OLD.code END, CASE WHEN OLD.attempts > 0 THEN OLD.reason END); END;
-- Most rows have come to rest; these indexes hold only those that have not.
CREATE INDEX ${table}_due ON ${table} (state, urgent, lane, due_ms) WHERE owner IS NULL AND due_ms IS NOT NULL;
CREATE INDEX ${table}_owned ON ${table} (owner) WHERE owner IS NOT NULL;
CREATE INDEX ${table}_open ON ${table} (state, moved_ms) WHERE ${isOpen[table]};`;

export const spine = `
-- Whether a box works on this database, or did when it died.
CREATE TABLE keeper (id INTEGER PRIMARY KEY CHECK (id = 1), at_work INTEGER NOT NULL) STRICT;
INSERT INTO keeper VALUES (1, 0);

CREATE TABLE state (
  entity TEXT NOT NULL,
  name TEXT NOT NULL,
  count INTEGER NOT NULL DEFAULT 0, -- rows in this state
  PRIMARY KEY (entity, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE move (
  entity TEXT NOT NULL, from_state TEXT NOT NULL, to_state TEXT NOT NULL,
  PRIMARY KEY (entity, from_state, to_state)
) STRICT, WITHOUT ROWID;

CREATE TABLE history (
  id INTEGER PRIMARY KEY,
  entity TEXT NOT NULL,
  row_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  code TEXT,
  reason TEXT,
  tries INTEGER,                  -- what had failed before it came to this move, and why it did the last time
  tried_code TEXT,
  tried_reason TEXT
) STRICT;
CREATE INDEX history_row ON history (row_id, id);

-- What the box knows of a partner by having met it: learned limits and announced abilities.
CREATE TABLE partner_fact (
  partner_id TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, at_ms INTEGER NOT NULL,
  PRIMARY KEY (partner_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE study (
  id TEXT PRIMARY KEY,
  direction TEXT NOT NULL CHECK (direction IN ('out', 'in')),
  origin TEXT NOT NULL,           -- called AE title (out) or partner id (in)
  study_uid TEXT NOT NULL,
  calling_ae TEXT NOT NULL DEFAULT '',
  patient_name TEXT NOT NULL DEFAULT '',
  patient_id TEXT NOT NULL DEFAULT '',
  patient_birth_date TEXT NOT NULL DEFAULT '',
  patient_sex TEXT NOT NULL DEFAULT '',
  accession_number TEXT NOT NULL DEFAULT '',
  study_date TEXT NOT NULL DEFAULT '',
  study_time TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '',
  modality TEXT NOT NULL DEFAULT '',
  first_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  open_since_ms INTEGER,          -- first instance that no consignment holds yet
  receiving INTEGER NOT NULL DEFAULT 0, -- an association that brought some of it is open
  aborted INTEGER NOT NULL DEFAULT 0,   -- one ended in the middle: more is to come
  flags TEXT NOT NULL DEFAULT '', -- space-separated remarks for people, e.g. same-uid-two-series
  name_key TEXT NOT NULL DEFAULT '', -- the words of the patient's name, folded, a space before each
  -- What a list of studies shows of the rows that hang on it; kept by triggers (0001-counts.ts).
  peers TEXT NOT NULL DEFAULT '', -- partners it came from or goes to, a space before and behind each
  stage TEXT NOT NULL DEFAULT '',
  items INTEGER NOT NULL DEFAULT 0,
  size_bytes INTEGER NOT NULL DEFAULT 0,
  parts INTEGER NOT NULL DEFAULT 0,
  parts_sent INTEGER NOT NULL DEFAULT 0,
  parts_confirmed INTEGER NOT NULL DEFAULT 0,
  deliveries INTEGER NOT NULL DEFAULT 0,
  deliveries_done INTEGER NOT NULL DEFAULT 0,
  deliveries_held INTEGER NOT NULL DEFAULT 0,
  deliveries_refused INTEGER NOT NULL DEFAULT 0,
  deliveries_discarded INTEGER NOT NULL DEFAULT 0,
  ${work},
  UNIQUE (direction, origin, study_uid)
) STRICT;
-- The list is read from its newest end; whatever it is searched for stands here, so that nothing else is read on the way.
CREATE INDEX study_list ON study (last_ms, id, direction, stage, peers, name_key, patient_id, accession_number);

-- An instance (DICOM object) or a document. Its file is durable before its row is.
CREATE TABLE item (
  id TEXT PRIMARY KEY,
  study_id TEXT REFERENCES study,
  kind TEXT NOT NULL CHECK (kind IN ('instance', 'document', 'comment')),
  path TEXT NOT NULL,             -- relative to the data folder
  sha256 TEXT NOT NULL,           -- instance: of the data set bytes; else of the file
  size_bytes INTEGER NOT NULL,
  data_offset INTEGER NOT NULL DEFAULT 0,
  sop_class TEXT NOT NULL DEFAULT '',
  sop_uid TEXT NOT NULL DEFAULT '',
  series_uid TEXT NOT NULL DEFAULT '',
  study_uid TEXT NOT NULL DEFAULT '',
  transfer_syntax TEXT NOT NULL DEFAULT '',
  media_type TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL DEFAULT '',  -- a document's display name
  received_ms INTEGER NOT NULL,
  consigned INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL,
  moved_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX item_study ON item (study_id, sop_uid);
CREATE UNIQUE INDEX item_once ON item (study_id, series_uid, sop_uid) WHERE state = 'stored' AND kind = 'instance';
-- Whose files there are: for the sweep at the start, and what is old enough to go.
CREATE INDEX item_stored ON item (moved_ms) WHERE state = 'stored';
CREATE INDEX item_loose ON item (path) WHERE state IN ('candidate', 'conflict');
CREATE INDEX item_given_up ON item (path) WHERE state = 'discarded' AND path <> '';

-- What goes to one partner at one time; on the wire it is the set of that set_id.
CREATE TABLE consignment (
  id TEXT PRIMARY KEY,
  study_id TEXT NOT NULL REFERENCES study,
  partner_id TEXT NOT NULL,
  set_id TEXT NOT NULL UNIQUE,
  sequence INTEGER NOT NULL,      -- 1 for the first of this study to this partner, 2… for supplements
  created_ms INTEGER NOT NULL,
  sent_ms INTEGER,
  closed_ms INTEGER,
  ${work}
) STRICT;
CREATE INDEX consignment_study ON consignment (study_id);
CREATE TABLE consignment_item (
  consignment_id TEXT NOT NULL REFERENCES consignment,
  item_id TEXT NOT NULL REFERENCES item,
  position INTEGER NOT NULL,
  PRIMARY KEY (consignment_id, item_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX consignment_item_item ON consignment_item (item_id);

CREATE TABLE part (
  id TEXT PRIMARY KEY,
  consignment_id TEXT NOT NULL REFERENCES consignment,
  partner_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  total INTEGER NOT NULL,
  inner_encoding TEXT NOT NULL CHECK (inner_encoding IN ('base64', 'binary')),
  message_id TEXT NOT NULL UNIQUE,
  mail_paths TEXT NOT NULL DEFAULT '[]', -- sealed mail files, one or its fragments, JSON
  mails_sent INTEGER NOT NULL DEFAULT 0,
  mail_bytes INTEGER NOT NULL DEFAULT 0,
  sealed_for TEXT,
  sealings INTEGER NOT NULL DEFAULT 0,
  sent_ms INTEGER,
  response TEXT,
  ${work},
  UNIQUE (consignment_id, number)
) STRICT;
CREATE INDEX part_given_up ON part (id) WHERE state = 'discarded' AND mail_paths <> '[]';
CREATE TABLE part_item (
  part_id TEXT NOT NULL REFERENCES part,
  item_id TEXT NOT NULL REFERENCES item,
  position INTEGER NOT NULL,
  PRIMARY KEY (part_id, item_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX part_item_item ON part_item (item_id);

-- A message file that came in, and for ever after the ledger line that it came.
CREATE TABLE mail (
  id TEXT PRIMARY KEY,
  source TEXT NOT NULL,           -- 'imap' | 'smtp' | 'joined'
  mailbox_key TEXT,               -- UIDVALIDITY:UID
  message_id TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  path TEXT NOT NULL,
  opened_path TEXT,
  received_ms INTEGER NOT NULL,
  partner_id TEXT,
  signer TEXT,
  signed_ms INTEGER,
  receipt_to INTEGER NOT NULL DEFAULT 0,
  released INTEGER NOT NULL DEFAULT 0, -- a person took responsibility for what was quarantined
  fragment_id TEXT,
  fragment_number INTEGER,
  fragment_total INTEGER,
  ${work}
) STRICT;
CREATE INDEX mail_message ON mail (message_id);
CREATE INDEX mail_mailbox ON mail (mailbox_key) WHERE mailbox_key IS NOT NULL;
CREATE INDEX mail_given_up ON mail (path) WHERE state = 'discarded' AND path <> '';
CREATE INDEX mail_fragment ON mail (partner_id, fragment_id) WHERE fragment_id IS NOT NULL;

CREATE TABLE inbound_set (
  id TEXT PRIMARY KEY,
  partner_id TEXT NOT NULL,
  set_id TEXT NOT NULL,
  total INTEGER NOT NULL,
  first_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  released INTEGER NOT NULL DEFAULT 0, -- a person took responsibility for what admission refused
  ${work},
  UNIQUE (partner_id, set_id)
) STRICT;

-- One accepted content for each (partner, set, part): invariant I3.
CREATE TABLE inbound_part (
  set_row TEXT NOT NULL REFERENCES inbound_set,
  number INTEGER NOT NULL,
  mail_id TEXT NOT NULL REFERENCES mail,
  content_sha256 TEXT NOT NULL,
  admitted INTEGER NOT NULL DEFAULT 0,
  answered INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (set_row, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbound_part_unanswered ON inbound_part (set_row) WHERE answered = 0;
CREATE INDEX inbound_part_mail ON inbound_part (mail_id);
CREATE TABLE inbound_part_item (
  set_row TEXT NOT NULL,
  number INTEGER NOT NULL,
  item_id TEXT NOT NULL REFERENCES item,
  position INTEGER NOT NULL,
  PRIMARY KEY (set_row, number, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbound_part_item_item ON inbound_part_item (item_id);

CREATE TABLE delivery (
  id TEXT PRIMARY KEY,
  item_id TEXT NOT NULL REFERENCES item,
  study_id TEXT NOT NULL REFERENCES study,
  target_id TEXT NOT NULL,
  status INTEGER,                 -- DIMSE status, when the target is a PACS
  refusals INTEGER NOT NULL DEFAULT 0, -- how often the target said "not now"
  delivered_ms INTEGER,
  ${work},
  UNIQUE (item_id, target_id)
) STRICT;
CREATE INDEX delivery_study ON delivery (study_id);

-- What we owe a partner as the answer to one of its mails.
CREATE TABLE receipt (
  id TEXT PRIMARY KEY,
  partner_id TEXT NOT NULL,
  mail_id TEXT NOT NULL REFERENCES mail,
  original_message_id TEXT NOT NULL,
  disposition TEXT NOT NULL,
  error_code TEXT,
  message_id TEXT NOT NULL UNIQUE,
  ${work},
  UNIQUE (partner_id, original_message_id)
) STRICT;
CREATE INDEX receipt_mail ON receipt (mail_id);

${[...travelling, 'item'].map(guard).join('\n')}
${travelling.map(remember).join('\n')}
${counts(travelling)}
`;
