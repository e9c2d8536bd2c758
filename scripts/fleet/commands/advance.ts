import type { Command } from 'commander';
import type { Release } from '../../../src/update/words.ts';
import { type AdvanceRules, judge, type Verdict } from '../advance.ts';
import { changeChannel, type Publisher, readChannel, releaseKey } from '../channel.ts';
import { failure } from '../errors.ts';
import { emptyRecord, type Ledger, readLedger } from '../ledger.ts';
import { addCommand, type Operator } from '../operator.ts';
import { type BoxRecord, readRecords } from '../reports.ts';
import { type KeyOptions, openPublisher, readPercent, tell, withKeys } from './channel.ts';

const HOUR_MS = 3_600_000;

interface AdvanceOptions extends KeyOptions {
  reports: string;
  steps: string;
  maxFailed: string;
  minReports: string;
  after: string;
}

/** `rohrpost-fleet advance`, for cron: goes to the next stage, waits, or stops by itself; exit code 1 where it is stopped. */
export function addAdvanceCommand(program: Command, op: Operator): void {
  const { help } = op;
  withKeys(addCommand(program, op, 'advance', help('advance')), op)
    .argument('<folder>', help('channel-folder'))
    .requiredOption('--reports <folder>', help('reports'))
    .option('--steps <list>', help('steps'), '1,10,100')
    .option('--max-failed <percent>', help('max-failed'), '2')
    .option('--min-reports <number>', help('min-reports'), '5')
    .option('--after <hours>', help('after'), '24')
    .action(async (folder: string, o: AdvanceOptions) => {
      const rules = readRules(o);
      const reports = await readRecords(o.reports);
      const verdicts = await advance(folder, { rules, reports, publisher: await openPublisher(op, o), op });
      if (verdicts.some(({ kind }) => kind === 'stop' || kind === 'stopped')) op.console.exitCode = 1;
    });
}

/** Looks, and signs a new index only where something changes. */
export async function advance(
  folder: string,
  o: { rules: AdvanceRules; reports: readonly BoxRecord[]; publisher: Publisher; op: Operator },
): Promise<Verdict[]> {
  const { op, publisher } = o;
  const look = (index: Parameters<typeof judge>[0], ledger: Ledger) =>
    judge(index, ledger.channels[index.channel] ?? emptyRecord(), o.reports, o.rules, publisher.now_ms);
  const ledger = await readLedger(publisher.keys);
  let verdicts = look(await readChannel(folder, publisher, ledger), ledger);
  if (verdicts.some(({ kind }) => kind === 'next' || kind === 'stop')) {
    const index = await changeChannel(folder, publisher, (found, known) => {
      verdicts = look(found, known);
      for (const { release, ...verdict } of verdicts) {
        const stage = known.channels[found.channel]?.stages[releaseKey(release)];
        if (verdict.kind === 'stop' && stage) stage.stopped = verdict.why;
      }
      return found.releases.map((release) => changed(release, verdicts));
    });
    tell(op, index);
  }
  for (const verdict of verdicts) op.line(verdictText(op, verdict, o.rules));
  if (verdicts.length === 0) op.line(op.say('advance-nothing'));
  return verdicts;
}

function changed(release: Release, verdicts: readonly Verdict[]): Release {
  const verdict = verdicts.find((one) => releaseKey(one.release) === releaseKey(release));
  if (verdict?.kind === 'next') return { ...release, stage: { percent: verdict.percent } };
  if (verdict?.kind === 'stop') return { ...release, stage: { ...release.stage, stopped: true } };
  return release;
}

function verdictText({ say }: Operator, verdict: Verdict, rules: AdvanceRules): string {
  const { good, failed, inside } = verdict;
  const counts = { good, failed, inside, release: releaseKey(verdict.release), from: verdict.release.stage.percent };
  const hours = (ms: number) => Math.floor(ms / HOUR_MS);
  switch (verdict.kind) {
    case 'next':
      return say('advance-next', { ...counts, to: verdict.percent });
    case 'stop':
      return say('advance-stopped', { ...counts, most: rules.most_failed_percent, why: verdict.why });
    case 'wait-time':
      return say('advance-wait-time', { ...counts, hours: hours(verdict.since_ms), after: hours(rules.after_ms) });
    case 'wait-reports':
      return say('advance-wait-reports', { ...counts, needed: verdict.needed });
    case 'stopped':
      return say('advance-is-stopped', { release: counts.release, why: verdict.why });
    case 'done':
      return say('advance-done', { release: counts.release });
  }
}

/** @throws FleetError option-invalid */
function readRules(o: AdvanceOptions): AdvanceRules {
  const steps = o.steps.split(',').map((step) => readPercent('--steps', step.trim()));
  if (steps.some((step, at) => at > 0 && step <= steps[at - 1]!)) {
    throw failure('option-invalid', { option: '--steps', value: o.steps, expected: '1,10,100' });
  }
  return {
    ...{ steps, most_failed_percent: readPercent('--max-failed', o.maxFailed.replace(/\s*%$/, '')) },
    least_reports: readNumber('--min-reports', o.minReports),
    after_ms: readNumber('--after', o.after.replace(/\s*h$/, '')) * HOUR_MS,
  };
}

function readNumber(option: string, value: string): number {
  const number = /^\d{1,6}(?:\.\d{1,3})?$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isNaN(number)) throw failure('option-invalid', { option, value, expected: '0…999999' });
  return number;
}
