import { runRollOuts, startSimulation } from '../../test/support/fleet-simulation.ts';
import type { Bench } from './bench.ts';
import { timed } from './rounds.ts';

const BOXES = 1000;
const HOUR_MS = 3_600_000;
const RULES = { steps: [1, 10, 100], most_failed_percent: 2, least_reports: 5, after_ms: 24 * HOUR_MS };
/** The night in which boxes may restart: most of the time, boxes wait. */
const WINDOW = { from: '02:00', to: '05:00' };
const BUNDLE_BYTES = 65_536;

/**
 * A thousand boxes on a virtual clock, with the maintenance window that is usual. `fleet.broken_share`: per cent of them that took
 * a broken version before its roll-out stopped by itself; `fleet.poll_peak`: the busiest minute over an even spread.
 */
export async function benchFleet(bench: Bench): Promise<void> {
  const world = await startSimulation({ boxes: BOXES, rules: RULES, window: WINDOW, bundle_bytes: BUNDLE_BYTES });
  bench.atEnd(world.stop);
  const begun_ms = world.now();
  let ran: Awaited<ReturnType<typeof runRollOuts>> | undefined;
  const took_s = await timed(async () => {
    ran = await runRollOuts(world);
  });
  const { good, broken } = ran!;
  const hours = (world.now() - begun_ms) / HOUR_MS;
  const polls = Array.from(world.polls, (count) => count ?? 0);
  const sum = polls.reduce((total, count) => total + count, 0);
  const requests = [...world.web.requests.values()].reduce((total, count) => total + count, 0);
  const stages = Object.entries(good.stages).map(([percent, boxes]) => `${percent} %: ${boxes}`);
  bench.remark(`${BOXES} boxes, ${hours.toFixed(0)} virtual hours in ${took_s.toFixed(1)} s`);
  bench.remark(`good version: ${good.onIt} boxes in ${good.hours.toFixed(0)} h; taken in stages ${stages.join(', ')}`);
  bench.remark(
    `broken version: ${broken.took} took it, ${broken.fellBack} fell back; stopped after ${broken.hours.toFixed(0)} h`,
  );
  bench.remark(
    `${requests} requests for files, ${world.web.notModified} answered "not modified", ${mb(world.web.sent_bytes)} MB`,
  );
  bench.remark(
    `${(sum / hours).toFixed(0)} looks at the index an hour; most in one minute: ${Math.max(...polls.slice(60))}`,
  );
  bench.remark(`when all are switched on at once: ${Math.max(...polls.slice(0, 60))} in one minute`);
  const told = new Map((await world.records()).map(({ report }) => [report.box, report.version]));
  const wrong = world.boxes.filter(({ id, version }) => told.get(id) !== version).length;
  bench.remark(`${world.reports()} reports received; of ${wrong} boxes the operator does not know what runs`);
  bench.result('fleet.broken_share', (broken.took / BOXES) * 100);
  bench.result('fleet.poll_peak', Math.max(...polls.slice(60)) / (BOXES / 60));
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
