import type { BootFacts } from '../appliance/appliance.ts';
import type { Kept } from './state.ts';
import type { BoxReport } from './words.ts';

/**
 * What a box tells its operator: what runs, whether it is well, and what became of the last update. It takes nothing else in, so
 * that nothing of patients, partners or settings can get out.
 */
export function boxReport(o: {
  kept: Kept;
  facts: Pick<BootFacts, 'product' | 'version' | 'slot'>;
  hostName: string;
  onTrial: boolean;
  health: BoxReport['health'];
  now_ms: number;
}): BoxReport {
  const [last] = o.kept.history;
  return {
    format: 1,
    box: o.kept.box,
    name: o.hostName,
    product: o.facts.product,
    version: o.facts.version,
    slot: o.facts.slot,
    trial: o.onTrial,
    health: o.health,
    last: last ? { version: last.version, result: last.result, code: last.code } : null,
    sequence: o.kept.channel?.sequence ?? 0,
    at: new Date(o.now_ms).toISOString(),
  };
}
