import { compareVersions } from '../../src/core/versions.ts';
import { isInStage } from '../../src/update/choose.ts';
import type { ChannelIndex, Release } from '../../src/update/words.ts';
import { releaseKey } from './channel.ts';
import type { ChannelRecord } from './ledger.ts';
import type { BoxRecord } from './reports.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Who was not heard of for so long counts neither for nor against: it may be switched off. */
const HEARD_MS = 14 * DAY_MS;
/** Who said that it installed, and then nothing for so long, did not come back. It restarts in the next night at the latest. */
const LOST_MS = 2 * DAY_MS;

export interface AdvanceRules {
  /** Shares in per cent, growing. */
  steps: readonly number[];
  /** Share of the boxes of a stage that may fail, in per cent. */
  most_failed_percent: number;
  /** Good reports that a stage needs; fewer if it has fewer boxes. */
  least_reports: number;
  /** How long a stage lasts at least. */
  after_ms: number;
}

/** What is to become of a release. */
export type Verdict = { release: Release } & StageCount &
  (
    | { kind: 'next'; percent: number }
    | { kind: 'stop'; why: string }
    | { kind: 'wait-time'; since_ms: number }
    | { kind: 'wait-reports'; needed: number }
    | { kind: 'stopped'; why: string }
    | { kind: 'done' }
  );

/** The boxes of a stage, as their reports tell. */
export interface StageCount {
  /** Heard of lately, and in the stage: these boxes may take the release. */
  inside: number;
  good: number;
  failed: number;
}

/**
 * Looks at each product's newest release that is under way: whether it may go to more boxes, must wait, or must stop. A roll-out
 * is stopped as soon as more boxes failed than the whole stage may have; it goes on only by good reports and after a while.
 */
export function judge(
  index: ChannelIndex,
  record: ChannelRecord,
  reports: readonly BoxRecord[],
  rules: AdvanceRules,
  now_ms: number,
): Verdict[] {
  return newestOf(index.releases).map((release) => {
    const stage = record.stages[releaseKey(release)];
    const boxes = reports.filter(({ report }) => report.product === release.product);
    const { why, ...count } = countStage(release, boxes, now_ms);
    const base = { release, ...count };
    if (release.stage.stopped) return { ...base, kind: 'stopped', why: stage?.stopped ?? '' };
    if (count.failed > (rules.most_failed_percent / 100) * count.inside) return { ...base, kind: 'stop', why };
    const percent = rules.steps.find((step) => step > release.stage.percent);
    if (percent === undefined) return { ...base, kind: 'done' };
    const since_ms = now_ms - Date.parse(stage?.since ?? index.made);
    if (since_ms < rules.after_ms) return { ...base, kind: 'wait-time', since_ms };
    const needed = Math.min(rules.least_reports, count.inside);
    if (count.good < needed) return { ...base, kind: 'wait-reports', needed };
    return { ...base, kind: 'next', percent };
  });
}

/** Of each product the newest release that is not withdrawn; older ones are stepping stones, and stay where they are. */
function newestOf(releases: readonly Release[]): Release[] {
  const newest = new Map<string, Release>();
  for (const release of releases.filter((one) => !one.withdrawn)) {
    const known = newest.get(release.product);
    if (!known || compareVersions(known.version, release.version) < 0) newest.set(release.product, release);
  }
  return [...newest.values()];
}

/**
 * Counts a stage. Boxes that have the release though they are not in the stage (a person installed it) count where they failed:
 * they know as well as any other whether it works.
 */
export function countStage(
  release: Release,
  records: readonly BoxRecord[],
  now_ms: number,
): StageCount & { why: string } {
  const reasons = new Map<string, number>();
  const count = { inside: 0, good: 0, failed: 0 };
  for (const record of records) {
    const outcome = outcomeAt(record, release, now_ms);
    const isHeard = now_ms - Date.parse(record.received) <= HEARD_MS;
    const counts = isHeard && (isInStage(release, record.report.box) || outcome !== null);
    if (!counts && outcome !== 'lost') continue;
    count.inside++;
    if (outcome === 'good') count.good++;
    else if (outcome !== null) {
      count.failed++;
      reasons.set(outcome, (reasons.get(outcome) ?? 0) + 1);
    }
  }
  const why = [...reasons].map(([reason, boxes]) => `${boxes} × ${reason}`).join(', ');
  return { ...count, why };
}

/** What a release did to a box: `good`, a word about the failure, or null: nothing yet. */
function outcomeAt({ report, received, before }: BoxRecord, { version }: Release, now_ms: number): string | null {
  const { last } = report;
  if (report.version === version && !report.trial) {
    // The box's own gate passed; what it cannot see, such as a PACS that does not understand the new one, shows in its health.
    return report.health === 'red' && before !== null && before.health !== 'red' ? 'red' : 'good';
  }
  if (last?.version !== version) return null;
  if (last.result === 'installed') return now_ms - Date.parse(received) > LOST_MS ? 'lost' : null;
  return last.result === 'good' ? null : (last.code ?? last.result);
}
