import { type Language, RohrpostError } from '../core/errors.ts';
import { healthLimits } from '../core/limits.ts';
import { type Finding, failure } from './finding.ts';

/** One thing that is looked at, with its name for people. */
export interface Check {
  readonly name: string;
  /** How long it may take, where that is longer than `healthLimits.check_ms`. */
  readonly deadline_ms?: number;
  /** What throws has failed; the error says why. */
  run(signal: AbortSignal): Promise<Finding>;
}

export type CheckReport = { readonly name: string } & Finding;

/** Tests at once; a hundred partners must not mean a hundred connections to one mail server. */
const AT_ONCE = 4;

/** Runs the checks side by side and gives the reports in order, each as soon as it and all before it are known. */
export async function* runChecks(checks: readonly Check[], language: Language): AsyncGenerator<CheckReport> {
  const findings: Promise<Finding>[] = [];
  checks.forEach((check, index) => {
    const before = index < AT_ONCE ? undefined : findings[index - AT_ONCE];
    findings.push(Promise.resolve(before).then(() => runCheck(check, language)));
  });
  for (const [index, check] of checks.entries()) yield { name: check.name, ...(await findings[index]!) };
}

/** Runs one check within its deadline; whatever it throws is a finding. */
export async function runCheck(check: Check, language: Language): Promise<Finding> {
  const late = new AbortController();
  const timeout_ms = check.deadline_ms ?? healthLimits.check_ms;
  const timer = setTimeout(() => late.abort(), timeout_ms);
  const tooLate = new Promise<never>((_, reject) => {
    late.signal.addEventListener('abort', () => {
      reject(new RohrpostError('timed-out', { details: { timeout_ms, what: check.name } }));
    });
  });
  try {
    return await Promise.race([check.run(late.signal), tooLate]);
  } catch (thrown) {
    return failure(thrown, language);
  } finally {
    clearTimeout(timer);
  }
}
