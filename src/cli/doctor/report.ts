import { asRohrpostError, errorText, RohrpostError, reasonOf } from '../../core/errors.ts';
import { cliLimits } from '../../core/limits.ts';
import type { Console } from '../console.ts';
import { EXIT } from '../exits.ts';
import { harmless } from '../format.ts';

/** One thing that the doctor looks at. */
export interface Check {
  readonly name: string;
  /** How long it may take, where that is longer than `cliLimits.check_ms`. */
  readonly deadline_ms?: number;
  /** What throws has failed; the error says why. */
  run(signal: AbortSignal): Promise<Finding>;
}

export interface Finding {
  readonly state: 'ok' | 'warn' | 'fail';
  /** For people, in their language, with the peer's own words. */
  readonly words: string;
  readonly code?: string;
}

export const ok = (words: string): Finding => ({ state: 'ok', words });
export const warn = (words: string, code?: string): Finding => ({ state: 'warn', words, code });

/** Tests at once; a hundred partners must not mean a hundred connections to one mail server. */
const AT_ONCE = 4;

/** Runs the checks side by side and prints them in order, each as soon as it and all before it are known. */
export async function runChecks(c: Console, checks: readonly Check[], json: boolean): Promise<void> {
  const findings: Promise<Finding>[] = [];
  checks.forEach((check, index) => {
    const before = index < AT_ONCE ? undefined : findings[index - AT_ONCE];
    findings.push(Promise.resolve(before).then(() => runOne(c, check)));
  });
  const report = [];
  for (const [index, check] of checks.entries()) {
    const finding = await findings[index]!;
    report.push({ name: check.name, ...finding });
    if (!json) c.line(`${c.say(`check.${finding.state}`)}  ${check.name}: ${finding.words}`);
    if (finding.state === 'fail') c.exitCode = EXIT.failed;
  }
  if (json) c.json(report);
}

async function runOne(c: Console, check: Check): Promise<Finding> {
  const late = new AbortController();
  const timeout_ms = check.deadline_ms ?? cliLimits.check_ms;
  const timer = setTimeout(() => late.abort(), timeout_ms);
  const tooLate = new Promise<never>((_, reject) => {
    late.signal.addEventListener('abort', () => {
      reject(new RohrpostError('timed-out', { details: { timeout_ms, what: check.name } }));
    });
  });
  try {
    return await Promise.race([check.run(late.signal), tooLate]);
  } catch (thrown) {
    return failure(c, thrown);
  } finally {
    clearTimeout(timer);
  }
}

/** A failure in our words, and, where they are not part of them, in those of whoever refused. */
export function failure(c: Console, thrown: unknown): Finding {
  const error = asRohrpostError(thrown, 'internal');
  const ours = errorText(error.code, c.language, error.details);
  const theirs = error.cause === undefined ? '' : reasonOf(error.cause);
  const raw = theirs === '' || ours.includes(theirs) ? '' : ` – ${theirs}`;
  return { state: 'fail', words: harmless(`${ours}${raw}`), code: error.code };
}
