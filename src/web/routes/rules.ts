import { anything, group, list, optional, text, type ValueOf, yesNo } from '../../config/kinds.ts';
import { checkSettings } from '../../config/read.ts';
import { webLimits } from '../../core/limits.ts';
import { matchingRoutes, routingFacts, wayOf } from '../../line/rules.ts';
import { moment } from '../people/answers.ts';
import { inside, type Premises } from '../premises.ts';
import type { Web } from '../route.ts';

const trying = group(
  {
    routes: optional(
      anything({ description: 'Rules as in /api/settings (`routes`); without them those that are in force' }),
    ),
  },
  { description: 'Rules to be tried' },
);
const ids = (description: string) => list(text({ description: 'An id' }), { description });
const triedAnswer = group(
  {
    studies: list(
      group(
        {
          id: text({ description: 'Of the study' }),
          came_ms: moment('When its first image came'),
          calledAe: text({ description: 'AE title that the modality called' }),
          callingAe: text({ description: 'AE title of the modality' }),
          modality: text({ description: 'All that came, such as CT SR' }),
          patient: text({ description: 'Name of the patient', maxLength: 400 }),
          description: text({ description: 'Of the study', maxLength: 400 }),
          went: ids('Partners that it went to'),
          would: ids('Partners that it would go to'),
          rules: ids('Rules that it matches; none: the called AE title names the partner'),
          urgent: yesNo({ description: 'It would go at once' }),
        },
        { description: 'A study' },
      ),
      { description: 'The studies that modalities sent last, the latest first' },
    ),
  },
  { description: 'Where studies would go' },
);
export type TriedRules = ValueOf<typeof triedAnswer>;

/** Rules, tried on what really came before they are saved. They are changed as settings are. */
export function ruleRoutes(web: Web, premises: Premises): void {
  web.post(
    '/api/rules/try',
    {
      config: { right: 'operator' },
      schema: {
        ...{ tags: ['rules'], summary: 'Where the last studies would go by these rules; nothing is sent or saved' },
        ...{ body: trying, response: { 200: triedAnswer } },
      },
    },
    async (request): Promise<TriedRules> => {
      const { settings: open, store } = inside(premises);
      const current = open.current();
      const { routes } = request.body;
      const settings = routes === undefined ? current : checkSettings({ ...current, routes });
      return {
        studies: store.traffic.lastFromModalities(webLimits.rule_studies).map((study) => {
          const facts = routingFacts(study);
          const way = wayOf(settings, facts);
          return {
            id: study.id,
            came_ms: study.first_ms,
            calledAe: study.origin,
            callingAe: study.calling_ae,
            modality: study.modality,
            patient: study.patient_name,
            description: study.description,
            went: study.partner_ids,
            would: way.partners.map((partner) => partner.id),
            rules: matchingRoutes(settings.routes, facts).map((route) => route.id),
            urgent: way.urgent,
          };
        }),
      };
    },
  );
}
