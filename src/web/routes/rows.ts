import { actParts } from '../../box/acting.ts';
import { group, text, yesNo } from '../../config/kinds.ts';
import { RohrpostError } from '../../core/errors.ts';
import { type Act, type Acted, discard, hold, release, retry } from '../../line/acts.ts';
import { inside, type Premises } from '../premises.ts';
import type { Web } from '../route.ts';
import { type ActAnswer, actAnswer } from '../studies/answers.ts';

const config = { right: 'operator' } as const;
const tags = ['rows'];
const one = group(
  { id: text({ description: 'Id of a study, consignment, mail, set, delivery, receipt or object', maxLength: 40 }) },
  { description: 'Which row' },
);
const giveUp = group(
  {
    reason: text({
      description: 'Why; it stands in the history and in the audit. Without names of patients',
      maxLength: 200,
    }),
    confirm: yesNo({ description: 'true: it cannot be undone, and is wanted', default: false }),
  },
  { description: 'Why, and that it is meant' },
);

const ACTS: Readonly<Record<Exclude<Act, 'discard'>, { run: typeof release; summary: string }>> = {
  release: { run: release, summary: 'Lets go on what is held or quarantined: a person takes responsibility' },
  retry: { run: retry, summary: 'Tries again what is held, refused, unconfirmed or quarantined, by the same rules' },
  hold: { run: hold, summary: 'Stops what is not on its way this very moment' },
};

/** What a person may do to rows (line/acts.ts). An act on a study reaches what hangs on it. */
export function rowRoutes(web: Web, premises: Premises): void {
  for (const [act, { run, summary }] of Object.entries(ACTS)) {
    web.post(
      `/api/rows/:id/${act}`,
      { config, schema: { tags, summary, params: one, response: { 200: actAnswer } } },
      async (request) => perform(premises, { act: act as Act, run, id: request.params.id, by: request.by }),
    );
  }
  web.post(
    '/api/rows/:id/discard',
    {
      config,
      schema: {
        ...{
          tags,
          summary: 'Gives something up for good: what has not left does not go, and files that nobody needs go',
        },
        ...{ params: one, body: giveUp, response: { 200: actAnswer } },
      },
    },
    async (request) => {
      const { reason, confirm } = request.body;
      if (!confirm) throw new RohrpostError('discard-not-confirmed');
      return perform(premises, { act: 'discard', run: discard, id: request.params.id, by: request.by, why: reason });
    },
  );
}

function perform(
  premises: Premises,
  { act, run, id, by, why }: { act: Act; run: typeof release; id: string; by: string; why?: string },
): ActAnswer {
  const { store, settings, wake } = inside(premises);
  const { clock, desk } = premises;
  const parts = actParts({ store, settings: settings.current, clock, by, ...(why !== undefined && { why }) });
  const acted: Acted = run(store, id, parts);
  wake();
  const { row, moved, atWork: at_work } = acted;
  const details = { entity: row.entity, rows: moved.length, ...(why !== undefined && { reason: why }) };
  desk.audit.add({ by, act: `row-${act}`, subject: row.id, details, now_ms: clock.now() });
  return { row, moved, at_work };
}
