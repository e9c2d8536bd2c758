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
