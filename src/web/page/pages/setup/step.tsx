import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { SetupAnswer } from '../../../routes/setup.ts';
import type { Step } from '../../../setup.ts';
import { api } from '../../lib/api.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/layout.tsx';

/** A place in the wizard: a step, or the summary behind the last. */
export type Place = Step | 'end';

/** What every step gets. */
export interface StepProps {
  readonly setup: SetupAnswer;
  /** The step is done: remembers it and goes on. */
  readonly next: () => Promise<void>;
  /** Passes over the step: remembers it and goes on. */
  readonly skip: () => Promise<void>;
  readonly reload: () => Promise<void>;
}

/** Remembers what became of a step. */
export function tellStep(step: Step, state: 'open' | 'done' | 'skipped', trial?: string): Promise<SetupAnswer> {
  return api.put<SetupAnswer>(`/api/setup/steps/${step}`, { state, ...(trial !== undefined && { trial }) });
}

/** A step of the wizard; its heading takes the focus when it comes up, so that everybody knows where they are. */
export function StepCard({ place, lead, children }: { place: Place; lead?: string; children: ComponentChildren }) {
  const heading = useRef<HTMLSpanElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const title = (
    <span ref={heading} tabIndex={-1}>
      {t(`setup.step-${place}`)}
    </span>
  );
  return (
    <Card title={title}>
      <div class="stack">
        {lead && <p>{lead}</p>}
        {children}
      </div>
    </Card>
  );
}

/** Below a step: what leads on. `skip` may be left out where a step cannot be passed over. */
export function StepActions({ skip, skipHint, children }: StepActionsProps) {
  return (
    <>
      {skip && skipHint && <p class="hint">{skipHint}</p>}
      <div class="actions end">
        {skip && (
          <Button kind="quiet" onClick={skip}>
            {t('setup.skip')}
          </Button>
        )}
        {children}
      </div>
    </>
  );
}

interface StepActionsProps {
  skip?: () => Promise<void>;
  /** What it means to pass over the step. */
  skipHint?: string;
  children?: ComponentChildren;
}
