import { entryOf } from '../../config/entries.ts';
import { group, id } from '../../config/kinds.ts';
import { RohrpostError } from '../../core/errors.ts';
import { startTrial, trialOutcome, trialSoFar } from '../../health/trial.ts';
import { inside, type Premises } from '../premises.ts';
import { type TrialAnswer, trialAnswer } from '../probes/shapes.ts';
import type { Web } from '../route.ts';

const config = { right: 'operator' } as const;
const tags = ['tests'];

/** Test sets to partners, which travel as everything does: their rows tell how they fare, whoever asks, and whenever. */
export function trialRoutes(web: Web, premises: Premises): void {
  web.post(
    '/api/probes/trial/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Sends a test set to a partner',
        description: 'Answers at once; ask GET /api/probes/trials/:id until the receipt is back.',
        params: group({ id: id({ description: 'Id of the partner' }) }, { description: 'Which one' }),
        response: { 200: trialAnswer },
      },
    },
    async (request): Promise<TrialAnswer> => {
      const { store, settings, wake } = inside(premises);
      const { folder, clock, desk } = premises;
      const partnerId = request.params.id;
      const partner = entryOf(settings.current().partners, partnerId);
      const trial = await startTrial({ store, folder, clock }, partner);
      wake();
      desk.audit.add({ by: request.by, act: 'trial', subject: partnerId, details: { trial }, now_ms: clock.now() });
      return stateOf(premises, trial, request.language);
    },
  );
  web.get(
    '/api/probes/trials/:id',
    {
      config,
      schema: {
        ...{ tags, summary: 'How a test set fares' },
        params: group({ id: id({ description: 'Of the test set' }) }, { description: 'Which one' }),
        response: { 200: trialAnswer },
      },
    },
    async (request): Promise<TrialAnswer> => stateOf(premises, request.params.id, request.language),
  );
}

/** @throws RohrpostError not-found */
function stateOf(premises: Premises, trial: string, language: 'de' | 'en'): TrialAnswer {
  const { store, settings } = inside(premises);
  const consignment = store.consignments.get(trial);
  const study = consignment && store.studies.get(consignment.study_id);
  if (!consignment || study?.description !== 'trial') throw new RohrpostError('not-found');
  const { clock, folder } = premises;
  const parts = { store, clock, folder, language };
  const partner = settings.current().partners.find(({ id }) => id === consignment.partner_id);
  const finding = trialOutcome(parts, { asksReceipt: partner?.receipts.ask ?? true }, trial);
  const ended_ms = consignment.closed_ms ?? consignment.sent_ms ?? consignment.moved_ms;
  const until_ms = finding ? ended_ms : clock.now();
  const isHeldUp = store.parts.ofConsignment(trial).some(({ code }) => code !== null);
  return {
    ...{ trial, study: study.id, partner: consignment.partner_id, state: consignment.state, finding },
    elapsed_ms: Math.max(0, until_ms - consignment.created_ms),
    so_far: finding === null && isHeldUp ? trialSoFar(parts, trial) : null,
  };
}
