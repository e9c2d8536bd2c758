/**
 * What people ask all the time is counted when it changes, by the database itself and so in the same transaction: how many
 * rows are in each state; how much a study is, how far it got, and the one word for that (`stage`).
 */
export function counts(travelling: readonly string[]): string {
  return [...travelling.map(ofStates), items, parts, deliveries, consignments, stages].join('\n');
}

const ofStates = (table: string) => `
CREATE TRIGGER ${table}_count_birth AFTER INSERT ON ${table}
BEGIN UPDATE state SET count = count + 1 WHERE entity = '${table}' AND name = NEW.state; END;
CREATE TRIGGER ${table}_count_move AFTER UPDATE OF state ON ${table} WHEN NEW.state <> OLD.state
BEGIN UPDATE state SET count = count + CASE name WHEN NEW.state THEN 1 ELSE -1 END
  WHERE entity = '${table}' AND name IN (OLD.state, NEW.state); END;
CREATE TRIGGER ${table}_count_end AFTER DELETE ON ${table}
BEGIN UPDATE state SET count = count - 1 WHERE entity = '${table}' AND name = OLD.state; END;`;

/** Whether a row of `item` counts for its study. */
const isCounted = (row: string) => `(${row}.study_id IS NOT NULL AND ${row}.state IN ('stored', 'removed'))`;

const items = `
CREATE TRIGGER item_study_birth AFTER INSERT ON item WHEN ${isCounted('NEW')}
BEGIN UPDATE study SET items = items + 1, size_bytes = size_bytes + NEW.size_bytes WHERE id = NEW.study_id; END;
CREATE TRIGGER item_study_move AFTER UPDATE OF state ON item WHEN ${isCounted('NEW')} <> ${isCounted('OLD')}
BEGIN UPDATE study SET
    items = items + CASE WHEN ${isCounted('NEW')} THEN 1 ELSE -1 END,
    size_bytes = size_bytes + CASE WHEN ${isCounted('NEW')} THEN NEW.size_bytes ELSE -NEW.size_bytes END
  WHERE id = NEW.study_id; END;`;

const isSent = (row: string) => `(${row}.state IN ('sent', 'confirmed', 'refused'))`;
const studyOfPart = (row: string) => `id = (SELECT study_id FROM consignment WHERE id = ${row}.consignment_id)`;

const parts = `
CREATE TRIGGER part_study_birth AFTER INSERT ON part
BEGIN UPDATE study SET
    parts = parts + (NEW.state <> 'discarded'),
    parts_sent = parts_sent + ${isSent('NEW')},
    parts_confirmed = parts_confirmed + (NEW.state = 'confirmed')
  WHERE ${studyOfPart('NEW')}; END;
CREATE TRIGGER part_study_move AFTER UPDATE OF state ON part WHEN NEW.state <> OLD.state
BEGIN UPDATE study SET
    parts = parts + (NEW.state <> 'discarded') - (OLD.state <> 'discarded'),
    parts_sent = parts_sent + ${isSent('NEW')} - ${isSent('OLD')},
    parts_confirmed = parts_confirmed + (NEW.state = 'confirmed') - (OLD.state = 'confirmed')
  WHERE ${studyOfPart('NEW')}; END;
CREATE TRIGGER part_study_end AFTER DELETE ON part
BEGIN UPDATE study SET
    parts = parts - (OLD.state <> 'discarded'),
    parts_sent = parts_sent - ${isSent('OLD')},
    parts_confirmed = parts_confirmed - (OLD.state = 'confirmed')
  WHERE ${studyOfPart('OLD')}; END;`;

const deliveries = `
CREATE TRIGGER delivery_study_birth AFTER INSERT ON delivery
BEGIN UPDATE study SET
    deliveries = deliveries + (NEW.state <> 'discarded'),
    deliveries_done = deliveries_done + (NEW.state = 'delivered'),
    deliveries_held = deliveries_held + (NEW.state = 'held'),
    deliveries_refused = deliveries_refused + (NEW.state = 'refused'),
    deliveries_discarded = deliveries_discarded + (NEW.state = 'discarded')
  WHERE id = NEW.study_id; END;
CREATE TRIGGER delivery_study_move AFTER UPDATE OF state ON delivery WHEN NEW.state <> OLD.state
BEGIN UPDATE study SET
    deliveries = deliveries + (NEW.state <> 'discarded') - (OLD.state <> 'discarded'),
    deliveries_done = deliveries_done + (NEW.state = 'delivered') - (OLD.state = 'delivered'),
    deliveries_held = deliveries_held + (NEW.state = 'held') - (OLD.state = 'held'),
    deliveries_refused = deliveries_refused + (NEW.state = 'refused') - (OLD.state = 'refused'),
    deliveries_discarded = deliveries_discarded + (NEW.state = 'discarded') - (OLD.state = 'discarded')
  WHERE id = NEW.study_id; END;`;

/** Of a study's consignments, the one that needs people most speaks for it. */
const loudest = (study: string, states: string) => `
  (SELECT state FROM consignment WHERE study_id = ${study}.id AND state IN (${states})
   ORDER BY CASE state WHEN 'held' THEN 1 WHEN 'refused' THEN 2 WHEN 'unconfirmed' THEN 3 WHEN 'routed' THEN 4
     WHEN 'packed' THEN 5 WHEN 'sent' THEN 6 WHEN 'confirmed' THEN 7 ELSE 8 END LIMIT 1)`;

/** How far a study is, in one word; its texts are in line/state-texts.ts. */
const stageOf = (study: string) => `CASE
  WHEN ${study}.direction = 'out' AND ${study}.state <> 'routed' THEN ${study}.state
  WHEN ${study}.direction = 'out' THEN coalesce(
    ${loudest(study, `'held', 'refused', 'unconfirmed', 'routed', 'packed', 'sent', 'confirmed', 'discarded'`)}, 'routed')
  WHEN ${study}.deliveries_held > 0 THEN 'held'
  WHEN ${study}.deliveries_refused > 0 THEN 'refused'
  ELSE coalesce(${loudest(study, `'held', 'refused', 'unconfirmed'`)}, CASE
    WHEN ${study}.deliveries > ${study}.deliveries_done THEN 'delivering'
    WHEN ${study}.deliveries > 0 THEN 'delivered'
    WHEN ${study}.deliveries_discarded > 0 THEN 'discarded'
    ELSE 'received' END)
  END`;

const consignments = `
CREATE TRIGGER consignment_study_birth AFTER INSERT ON consignment
BEGIN
  UPDATE study SET peers = CASE peers WHEN '' THEN ' ' ELSE peers END || NEW.partner_id || ' '
    WHERE id = NEW.study_id AND instr(peers, ' ' || NEW.partner_id || ' ') = 0;
  UPDATE study SET stage = ${stageOf('study')} WHERE id = NEW.study_id;
END;
CREATE TRIGGER consignment_study_move AFTER UPDATE OF state ON consignment WHEN NEW.state <> OLD.state
BEGIN UPDATE study SET stage = ${stageOf('study')} WHERE id = NEW.study_id; END;`;

const stages = `
CREATE TRIGGER study_stage_birth AFTER INSERT ON study
BEGIN UPDATE study SET stage = ${stageOf('study')},
    peers = CASE direction WHEN 'in' THEN ' ' || origin || ' ' ELSE '' END
  WHERE id = NEW.id; END;
CREATE TRIGGER study_stage_move
AFTER UPDATE OF state, deliveries, deliveries_done, deliveries_held, deliveries_refused, deliveries_discarded ON study
WHEN NEW.stage <> ${stageOf('NEW')}
BEGIN UPDATE study SET stage = ${stageOf('NEW')} WHERE id = NEW.id; END;`;
