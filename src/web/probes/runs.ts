import { type Language, RohrpostError } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { healthLimits } from '../../core/limits.ts';
import { failure } from '../../health/finding.ts';
import type { Premises } from '../premises.ts';
import type { FindingAnswer, RunAnswer } from './shapes.ts';

interface Run {
  readonly began_ms: number;
  step: string;
  answer: FindingAnswer | null;
}

/** Tests that take longer than a request may: begun, and asked for until they have ended, from whatever page. */
export function openRuns({ clock }: Pick<Premises, 'clock'>) {
  const runs = new Map<string, Run>();

  const forgetOld = () => {
    const old_ms = clock.steady() - healthLimits.run_kept_ms;
    for (const [id, run] of runs) {
      const isOld = run.began_ms < old_ms || runs.size > healthLimits.runs;
      if (run.answer && isOld) runs.delete(id);
    }
  };
  const look = (id: string): RunAnswer => {
    const run = runs.get(id);
    if (!run) throw new RohrpostError('not-found');
    const { step, answer } = run;
    if (!answer) return { run: id, step, elapsed_ms: Math.max(0, clock.steady() - run.began_ms), finding: null };
    const { elapsed_ms, ...finding } = answer;
    return { run: id, step, elapsed_ms, finding };
  };
  return {
    /** @throws RohrpostError not-found */
    look,
    begin: (
      step: string,
      language: Language,
      work: (onStep: (step: string) => void) => Promise<FindingAnswer>,
    ): RunAnswer => {
      const run: Run = { began_ms: clock.steady(), step, answer: null };
      const id = newId();
      const ended = work((now) => {
        run.step = now;
      });
      runs.set(id, run);
      forgetOld();
      const end = (answer: FindingAnswer) => {
        run.answer = answer;
      };
      ended.then(end, (thrown) => end({ ...failure(thrown, language), elapsed_ms: 0 }));
      return look(id);
    },
  };
}
