/**
 * The states of every kind of row that travels, and the only moves they may make. The store copies this table into the
 * database, where a trigger refuses every other move.
 *
 * INVARIANT: a row in a state marked "work" has a due time or an owner; a row in `held` or `quarantined` has a code.
 */

export type Moves = Readonly<Record<string, readonly string[]>>;

/** Outbound study: the instances of one Study Instance UID sent to one called AE title. Inbound: from one partner. */
export const studyMoves = {
  arriving: ['settled', 'held', 'discarded'], // work (settle): instances came that no consignment holds yet
  settled: ['routed', 'held', 'discarded'], // work (route)
  routed: ['arriving', 'held', 'discarded'], // every instance is in a consignment; a late image starts over
  held: ['arriving', 'discarded'], // a person must look
  received: [], // inbound studies only: their way is told by sets and deliveries
  discarded: ['arriving'], // the modality sent something new of it
} as const satisfies Moves;

export const consignmentMoves = {
  routed: ['packed', 'held', 'discarded'], // work (pack)
  packed: ['sent', 'confirmed', 'refused', 'routed', 'held', 'discarded'], // its parts are on their way
  sent: ['confirmed', 'refused', 'unconfirmed', 'packed'], // work (confirm): all parts accepted by the mail server
  unconfirmed: ['confirmed', 'refused', 'packed', 'discarded'], // no receipt in time; one may still come, or a person knows better
  held: ['routed', 'packed', 'sent', 'confirmed', 'refused', 'discarded'], // a receipt can set a held part free
  confirmed: [],
  refused: ['confirmed', 'packed', 'discarded'], // the partner may release it later, or a person settles it by telephone
  discarded: [],
} as const satisfies Moves;

export const partMoves = {
  planned: ['sealed', 'held', 'discarded'], // work (seal)
  sealed: ['sent', 'confirmed', 'refused', 'planned', 'held', 'discarded'], // work (send); an answer can outrun our own record
  sent: ['confirmed', 'refused', 'planned'],
  confirmed: [],
  refused: ['confirmed', 'planned', 'discarded'],
  held: ['planned', 'sealed', 'confirmed', 'discarded'],
  discarded: [],
} as const satisfies Moves;

/** A message file that came in. */
export const mailMoves = {
  collected: ['opened', 'fragment', 'done', 'duplicate', 'set-aside', 'quarantined'], // work (open)
  fragment: ['joined', 'duplicate', 'quarantined', 'discarded'], // work (join): waits for its fellows (RFC 2046 §5.2.2)
  joined: [],
  opened: ['done', 'duplicate', 'quarantined', 'collected'], // work (unpack)
  done: [],
  duplicate: [],
  'set-aside': [], // not for us: neither a DICOM e-mail nor a receipt
  quarantined: ['collected', 'discarded'],
  discarded: [],
} as const satisfies Moves;

export const setMoves = {
  waiting: ['ready', 'quarantined', 'discarded'], // parts are missing
  ready: ['admitted', 'waiting', 'quarantined', 'held'], // work (admit)
  admitted: ['delivered', 'waiting', 'ready', 'quarantined', 'held'], // its deliveries are on their way; the rest may still come
  delivered: ['ready'],
  held: ['ready', 'quarantined', 'discarded'],
  quarantined: ['ready', 'discarded'],
  discarded: [],
} as const satisfies Moves;

/** One item at one target. */
export const deliveryMoves = {
  due: ['delivered', 'refused', 'held', 'discarded'], // work (deliver)
  held: ['due', 'discarded'],
  refused: ['due', 'discarded'], // the target said no to this one for good
  delivered: [],
  discarded: [],
} as const satisfies Moves;

export const receiptMoves = {
  due: ['sent', 'held'], // work (acknowledge)
  sent: ['due'], // the same part came again: the receipt may have been lost
  held: ['due', 'discarded'], // a person decides that nobody waits for it any more
  discarded: ['due'],
} as const satisfies Moves;

export const itemMoves = {
  candidate: ['stored', 'duplicate', 'discarded'], // unpacked, not yet admitted
  stored: ['removed', 'discarded'],
  conflict: ['discarded', 'stored'], // same SOP Instance UID, other bytes: kept apart
  duplicate: [],
  discarded: [],
  removed: [], // done, retention passed: the file is gone, the row tells of it
} as const satisfies Moves;

export const moves = {
  study: studyMoves,
  consignment: consignmentMoves,
  part: partMoves,
  mail: mailMoves,
  inbound_set: setMoves,
  delivery: deliveryMoves,
  receipt: receiptMoves,
  item: itemMoves,
} as const;

export type Entity = keyof typeof moves;
export type PartState = keyof typeof partMoves;
