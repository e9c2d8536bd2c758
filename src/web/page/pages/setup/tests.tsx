import { useEffect, useRef, useState } from 'preact/hooks';
import type { FindingAnswer, RunAnswer } from '../../../probes/shapes.ts';
import { type Action, useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { spanText } from '../../lib/format.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { Badge } from '../../parts/words.tsx';
import { StepActions } from './step.tsx';

type Finding = Omit<FindingAnswer, 'elapsed_ms'> & { elapsed_ms?: number };

/** One live test of a step: what it is called, and how it is run. */
export interface LiveTest {
  readonly title: string;
  run(watch: Watch): Promise<Finding>;
}

/** How a test tells what it is doing, and hears that nobody looks any more. */
export interface Watch {
  doing(words: string): void;
  readonly signal: AbortSignal;
}

interface Line {
  readonly title: string;
  readonly doing: string | null;
  readonly finding: Finding | null;
}

export interface Tests {
  readonly lines: readonly Line[];
  /** All have run with what stands in the form now, and none has failed. */
  readonly passed: boolean;
  /** At least one has failed. */
  readonly failed: boolean;
  readonly action: Action<[readonly LiveTest[]]>;
  /** What was tested is not what stands in the form any more. */
  forget(): void;
}

/** Tests one after the other; the first that fails ends the row, for the others need what it tested. */
export function useTests(): Tests {
  const [lines, setLines] = useState<readonly Line[]>([]);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);

  const action = useAction(async (tests: readonly LiveTest[]) => {
    stop.current.abort();
    stop.current = new AbortController();
    const { signal } = stop.current;
    let now: Line[] = tests.map(({ title }) => ({ title, doing: null, finding: null }));
    const put = (index: number, change: Partial<Line>) => {
      if (signal.aborted) return;
      now = now.map((line, at) => (at === index ? { ...line, ...change } : line));
      setLines(now);
    };
    setLines(now);
    for (const [index, test] of tests.entries()) {
      put(index, { doing: t('setup.running') });
      const finding = await test.run({ doing: (words) => put(index, { doing: words }), signal });
      put(index, { doing: null, finding });
      if (signal.aborted || finding.state === 'fail') return;
    }
  });
  const forget = () => {
    stop.current.abort();
    setLines([]);
  };
  const ended = lines.length > 0 && lines.every(({ finding }) => finding !== null);
  const failed = lines.some(({ finding }) => finding?.state === 'fail');
  return { lines, passed: ended && !failed, failed, action, forget };
}

/** What was tested and what came of it, with the words of whoever answered, and what to do. */
export function TestLines({ tests: { lines } }: { tests: Tests }) {
  return (
    <div role="status" aria-label={t('setup.tests')}>
      {lines.length > 0 && (
        <ul class="tests">
          {lines.map(({ title, doing, finding }) => (
            <li key={title}>
              <strong>{title}</strong>
              {finding ? (
                <Badge tone={finding.state}>{t(`common.tone-${finding.state}`)}</Badge>
              ) : (
                <Badge>{doing ?? t('setup.waiting')}</Badge>
              )}
              {finding && (
                <div>
                  <p>
                    {finding.words}{' '}
                    {finding.elapsed_ms !== undefined && (
                      <small>{t('setup.took', { time: spanText(finding.elapsed_ms) })}</small>
                    )}
                  </p>
                  {finding.advice && <p class="hint">{finding.advice}</p>}
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Below a step that is tested: tests first, then saves; what failed only if somebody wants it so. */
export function TestedActions({ tests, save, ...skipping }: TestedActionsProps) {
  return (
    <StepActions {...(!tests.passed && skipping)}>
      {tests.failed && (
        <Button busy={save.busy} onClick={() => void save.run()}>
          {t('setup.save-untested')}
        </Button>
      )}
      <Button type="submit" kind="primary" busy={tests.action.busy || save.busy}>
        {tests.passed ? t('setup.save-next') : t('setup.test')}
      </Button>
    </StepActions>
  );
}

interface TestedActionsProps {
  tests: Tests;
  save: Action<[]>;
  skip: () => Promise<void>;
  skipHint: string;
}

const LOOK_MS = 500;

/** A test that the box runs for longer than it may take to answer: asks until it has ended. */
export async function follow(begun: RunAnswer, watch: Watch, words: (step: string) => string): Promise<Finding> {
  let run = begun;
  while (run.finding === null && !watch.signal.aborted) {
    watch.doing(words(run.step));
    await new Promise((wake) => setTimeout(wake, LOOK_MS));
    run = await api.get<RunAnswer>(`/api/probes/runs/${run.run}`);
  }
  return { ...(run.finding ?? { state: 'fail', words: '' }), elapsed_ms: run.elapsed_ms };
}
