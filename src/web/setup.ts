import type { Settings } from '../config/schema.ts';
import type { Desk } from '../store/desk.ts';

/** The steps of setting a box up, in the order in which the wizard takes them. */
export const steps = ['site', 'network', 'key', 'mail', 'pacs', 'partner', 'trial'] as const;
export type Step = (typeof steps)[number];
export type StepState = 'open' | 'done' | 'skipped';

/** What settings do not tell: what was looked at, what was passed over, which test set was sent. */
export interface Remembered {
  readonly steps: Readonly<Partial<Record<Step, StepState>>>;
  /** Id of the consignment. */
  readonly trial: string | null;
  readonly finished: boolean;
}

const NAME = 'wizard';
const NOTHING: Remembered = { steps: {}, trial: null, finished: false };

export function remembered(desk: Desk): Remembered {
  const text = desk.setup.get(NAME);
  return text === undefined ? NOTHING : { ...NOTHING, ...(JSON.parse(text) as Partial<Remembered>) };
}

/** Somebody began to set the box up on the page and has not come to the end. A box that was set up otherwise is left alone. */
export function isUnfinished(desk: Desk): boolean {
  return desk.setup.get(NAME) !== undefined && !remembered(desk).finished;
}

/** Remembers one thing more; the rest stays. */
export function remember(desk: Desk, more: Partial<Remembered>): void {
  desk.transaction(() => {
    const before = remembered(desk);
    desk.setup.set(NAME, JSON.stringify({ ...before, ...more, steps: { ...before.steps, ...more.steps } }));
  });
}

/**
 * How far setting up has come. What the settings tell counts, whoever made them, by the wizard or elsewhere; the rest is as it
 * was remembered.
 */
export function progressOf(settings: Settings | null, { steps: seen }: Remembered): { step: Step; state: StepState }[] {
  const told: Partial<Record<Step, boolean>> = settings
    ? {
        site: true,
        mail: settings.mail.imap !== null && settings.mail.smtp !== null,
        pacs: settings.targets.length > 0,
        partner: settings.partners.some(({ fingerprints }) => fingerprints.length > 0),
      }
    : {};
  return steps.map((step) => ({ step, state: told[step] ? 'done' : (seen[step] ?? 'open') }));
}
