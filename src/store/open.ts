/**
 * Which rows have not come to rest: they are under way, or wait for a person. There is an index of just these in every
 * table; a query gets it by saying exactly this beside what else it asks. Another list needs a migration.
 */
export const isOpen = {
  study: `state IN ('arriving', 'settled', 'held')`,
  consignment: `state IN ('routed', 'packed', 'sent', 'held', 'refused', 'unconfirmed')`,
  part: `state IN ('planned', 'sealed', 'held', 'refused')`,
  mail: `state IN ('collected', 'fragment', 'opened', 'quarantined')`,
  inbound_set: `state IN ('waiting', 'ready', 'admitted', 'held', 'quarantined')`,
  delivery: `state IN ('due', 'held', 'refused')`,
  receipt: `state IN ('due', 'held')`,
} as const;

/** A set that has waited for long: a person may say that the rest of it will not come (F47). */
export const isIncomplete = `${isOpen.inbound_set} AND state = 'waiting' AND code = 'set-incomplete'`;

/** An object that contradicts another of its study (F12); as said here, by the small index of those that are in no study's files. */
export const isConflict = `item.state IN ('candidate', 'conflict') AND item.state = 'conflict'`;
