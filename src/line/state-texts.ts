import type { Language } from '../core/errors.ts';
import type { Text } from '../core/texts.ts';
import type { Entity, moves } from './states.ts';

/** What a row of each kind is called. */
export const entityTexts = {
  study: { de: 'Studie', en: 'study' },
  consignment: { de: 'Sendung', en: 'consignment' },
  part: { de: 'Teil', en: 'part' },
  mail: { de: 'Mail', en: 'mail' },
  inbound_set: { de: 'Eingang', en: 'set' },
  delivery: { de: 'Zustellung', en: 'delivery' },
  receipt: { de: 'Quittung', en: 'receipt' },
  item: { de: 'Objekt', en: 'object' },
} as const satisfies Record<Entity, Text>;

const held = { de: 'angehalten', en: 'held' };
const discarded = { de: 'verworfen', en: 'discarded' };
const quarantined = { de: 'in Quarantäne', en: 'quarantined' };
const refused = { de: 'abgelehnt', en: 'refused' };
const confirmed = { de: 'bestätigt', en: 'confirmed' };
const sent = { de: 'gesendet', en: 'sent' };
const duplicate = { de: 'doppelt', en: 'duplicate' };

type StateTexts = { readonly [E in Entity]: Readonly<Record<keyof (typeof moves)[E], Text>> };

/** Every state of every kind of row, in the words of people. */
export const stateTexts = {
  study: {
    arriving: { de: 'kommt an', en: 'arriving' },
    settled: { de: 'vollständig', en: 'settled' },
    routed: { de: 'verteilt', en: 'routed' },
    received: { de: 'eingegangen', en: 'received' },
    held,
    discarded,
  },
  consignment: {
    routed: { de: 'wird gepackt', en: 'to be packed' },
    packed: { de: 'unterwegs', en: 'on its way' },
    unconfirmed: { de: 'unbestätigt', en: 'unconfirmed' },
    sent,
    held,
    confirmed,
    refused,
    discarded,
  },
  part: {
    planned: { de: 'zu versiegeln', en: 'to be sealed' },
    sealed: { de: 'zu senden', en: 'to be sent' },
    sent,
    confirmed,
    refused,
    held,
    discarded,
  },
  mail: {
    collected: { de: 'zu öffnen', en: 'to be opened' },
    fragment: { de: 'Bruchstück', en: 'fragment' },
    joined: { de: 'zusammengefügt', en: 'joined' },
    opened: { de: 'geöffnet', en: 'opened' },
    done: { de: 'erledigt', en: 'done' },
    'set-aside': { de: 'nicht für uns', en: 'not for us' },
    duplicate,
    quarantined,
    discarded,
  },
  inbound_set: {
    waiting: { de: 'wartet auf Teile', en: 'waiting for parts' },
    ready: { de: 'wird geprüft', en: 'being checked' },
    admitted: { de: 'wird zugestellt', en: 'being delivered' },
    delivered: { de: 'zugestellt', en: 'delivered' },
    held,
    quarantined,
    discarded,
  },
  delivery: {
    due: { de: 'zuzustellen', en: 'to be delivered' },
    delivered: { de: 'zugestellt', en: 'delivered' },
    held,
    refused,
    discarded,
  },
  receipt: { due: { de: 'zu senden', en: 'to be sent' }, sent, held, discarded },
  item: {
    candidate: { de: 'ungeprüft', en: 'unchecked' },
    stored: { de: 'gespeichert', en: 'stored' },
    conflict: { de: 'widersprüchlich', en: 'contradictory' },
    removed: { de: 'aufgeräumt', en: 'cleared away' },
    duplicate,
    discarded,
  },
} as const satisfies StateTexts;

/** How far a study is: the one word in which a list tells it (store/migrations/0001-counts.ts). */
export const stageTexts = {
  arriving: stateTexts.study.arriving,
  settled: stateTexts.study.settled,
  routed: stateTexts.consignment.routed,
  packed: stateTexts.consignment.packed,
  sent,
  confirmed,
  unconfirmed: stateTexts.consignment.unconfirmed,
  received: stateTexts.study.received,
  delivering: stateTexts.inbound_set.admitted,
  delivered: stateTexts.delivery.delivered,
  held,
  refused,
  discarded,
} as const satisfies Record<string, Text>;

export type Stage = keyof typeof stageTexts;

/** What a kind of row is called; an unknown kind keeps its name. */
export function entityText(entity: string, language: Language): string {
  return (entityTexts as Record<string, Text>)[entity]?.[language] ?? entity;
}

/** What a state is called; an unknown one keeps its name. */
export function stateText(entity: string, state: string, language: Language): string {
  return (stateTexts as Record<string, Record<string, Text>>)[entity]?.[state]?.[language] ?? state;
}

/** What a stage is called; an unknown one keeps its name. */
export function stageText(stage: string, language: Language): string {
  return (stageTexts as Record<string, Text>)[stage]?.[language] ?? stage;
}
