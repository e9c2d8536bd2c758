import { type Arrival, AS_IT_ARRIVES, type InboundWorld, openInboundWorld } from '../inbound-world.ts';
import { must, type Target } from '../target.ts';

const PARTNERS = ['klinik', 'praxis'] as const;

/**
 * Mails of two sets arrive in any order, as often as they like, some of them wrong; one byte each. Whatever the order, what is in
 * the PACS in the end is what the rules say, which a model of a few lines knows too.
 */
export function openTarget(folder: string): Target {
  const world = openInboundWorld(folder);
  let runs = 0;
  return {
    seeds: [
      ...[
        [3, 0, 0, 1, 2],
        [3, 0, 2, 1, 0, 1],
        [4, 1, 3, 0, 0x40, 0x41, 2, 1],
        [2, 0, 0, 0x38, 1],
        [5, 2, 4, 3, 2, 1, 0, 0x42],
      ],
      ...[
        [3, 1, 0, 0x79, 2, 1],
        [2, 0, 0, 0xb9, 1, 0],
        [1, 3, 0, 0, 0],
        [3, 0, 0xf8, 0, 1, 2, 0x40, 0x41, 0x42],
      ],
    ].map((bytes) => Buffer.from(bytes)),
    async run(input) {
      const run = ++runs;
      const [first = 0, how = 0] = input;
      const total = 1 + (first % 5);
      const sets = PARTNERS.map((name, index) => newModel(`${name}-${run}${(how >> index) & 1 ? '-at-once' : ''}`));
      for (const byte of input.subarray(2, 18)) {
        const set = sets[(byte >> 6) & 1]!;
        const arrival = readArrival(byte, total, set.partner);
        await world.arrive(arrival);
        follow(set, arrival);
        for (const model of sets) compare(world, model);
      }
      world.forget();
      return sets.some((set) => set.quarantined) ? 'refused' : 'taken';
    },
    close: () => world.close(),
  };
}

/** Five of eight bytes are honest mails; the others say another thing about a part, another total, or name another patient. */
function readArrival(byte: number, total: number, partner: string): Arrival {
  const part = 1 + ((byte & 7) % total);
  const evil = ((byte >> 3) & 7) === 7 ? 1 + ((byte >> 7) & 1) : ((byte >> 3) & 7) === 6 ? 3 : 0;
  return {
    ...{ partner, part },
    total: evil === 2 ? total + 1 : total,
    content: evil === 1 ? 'other' : 'honest',
    patient: evil === 3 ? 'other' : 'honest',
  };
}

/** What the rules make of one set: one content for each part, all of them or none, one patient. */
interface Model {
  partner: string;
  total: number;
  parts: Map<number, Arrival>;
  admitted: Set<number>;
  quarantined: boolean;
  delivered: boolean;
}

const newModel = (partner: string): Model => ({
  ...{ partner, total: 0, parts: new Map(), admitted: new Set(), quarantined: false, delivered: false },
});

function follow(model: Model, arrival: Arrival): void {
  if (model.total === 0) model.total = arrival.total;
  const known = model.parts.get(arrival.part);
  if (known?.content === arrival.content && known.patient === arrival.patient) return;
  if (known !== undefined || arrival.total !== model.total) {
    if (!model.delivered) model.quarantined = true;
    return;
  }
  model.parts.set(arrival.part, arrival);
  const isWhole = model.parts.size === model.total;
  if (model.quarantined || !(isWhole || AS_IT_ARRIVES.test(model.partner))) return;
  if (new Set([...model.parts.values()].map(({ patient }) => patient)).size > 1) {
    model.quarantined = true;
    return;
  }
  for (const part of model.parts.keys()) model.admitted.add(part);
  model.delivered = isWhole;
}

function compare(world: InboundWorld, model: Model): void {
  const found = world.look(model.partner);
  must((found === null) === (model.total === 0), 'a set is there exactly if somebody sent it');
  if (found === null) return;
  const state = model.quarantined ? 'quarantined' : model.delivered ? 'delivered' : 'waiting';
  must(found.state === state, `the set is ${state}, not ${found.state}`);
  must(found.parts.join() === [...model.parts.keys()].sort().join(), 'each part is in the ledger once');
  const wanted = [...model.admitted].sort().map((part) => `${part} ${model.parts.get(part)!.content}`);
  must(found.stored.join() === wanted.join(), `in the study is ${wanted}, not ${found.stored}`);
  must(found.delivered.join() === wanted.join(), 'what is in the study is delivered, once');
}
