import { join } from 'node:path';
import { group, text } from '../../config/kinds.ts';
import type { Partner } from '../../config/schema.ts';
import { RohrpostError } from '../../core/errors.ts';
import { isPicture } from '../../dicom/preview.ts';
import { sendOn } from '../../line/acts/send-on.ts';
import type { StudyQuery } from '../../store/search.ts';
import type { Store } from '../../store/store.ts';
import type { StudyRow } from '../../store/studies.ts';
import { inside, type Premises } from '../premises.ts';
import type { Web } from '../route.ts';
import {
  filters,
  listAnswer,
  type StudyList,
  type StudySearch,
  searchBody,
  sendOnBody,
  sentOnAnswer,
  studyAnswer,
  timelineAnswer,
} from '../studies/answers.ts';
import { detailsView, lineView, namesOf, timelineView } from '../studies/views.ts';

const tags = ['studies'];
const viewer = { right: 'viewer' } as const;
const one = group({ id: text({ description: 'Its id', maxLength: 40 }) }, { description: 'Which study' });
const filterQuery = group(filters, { description: 'What is looked for' });

/** Where every study is. Who looks for a patient does so in a body: addresses are logged and remembered. */
export function studyRoutes(web: Web, premises: Premises): void {
  web.get(
    '/api/studies',
    {
      config: viewer,
      schema: {
        ...{ tags, summary: 'Studies, the latest first', querystring: filterQuery, response: { 200: listAnswer } },
        description: 'To look for a patient, ask POST /api/studies/search.',
      },
    },
    async (request) => listOf(premises, request.query),
  );
  web.post(
    '/api/studies/search',
    {
      config: viewer,
      schema: { tags, summary: 'Looks for studies', body: searchBody, response: { 200: listAnswer } },
    },
    async (request) => listOf(premises, request.body),
  );
  web.get(
    '/api/studies/:id',
    { config: viewer, schema: { tags, summary: 'One study', params: one, response: { 200: studyAnswer } } },
    async (request) => {
      const { store, settings } = inside(premises);
      const study = studyIn(store, request.params.id);
      return detailsView(store, study, namesOf(settings.current()), request.language);
    },
  );
  web.get(
    '/api/studies/:id/timeline',
    {
      config: viewer,
      schema: { tags, summary: 'The way of a study, step by step', params: one, response: { 200: timelineAnswer } },
    },
    async (request) => {
      const { store, settings } = inside(premises);
      const study = studyIn(store, request.params.id);
      return timelineView(store, study, namesOf(settings.current()), request.language);
    },
  );
  previewRoute(web, premises);
  sendOnRoute(web, premises);
}

function listOf(premises: Premises, search: StudySearch): StudyList {
  const { store, settings } = inside(premises);
  const { patient_id: patientId, after, limit, ...rest } = search;
  // One more than asked tells whether there are more.
  const query: StudyQuery = { ...rest, patientId, after: placeOf(after), limit: limit + 1 };
  const rows = store.overview.studies(query);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const names = namesOf(settings.current());
  return {
    studies: shown.map((study) => lineView(study, names)),
    next: last && rows.length > limit ? `${last.last_ms}.${last.id}` : null,
  };
}

function placeOf(after: string | undefined): StudyQuery['after'] {
  if (after === undefined) return undefined;
  const [last_ms, id] = after.split('.') as [string, string];
  return { last_ms: Number(last_ms), id };
}

function previewRoute(web: Web, premises: Premises): void {
  web.get(
    '/api/studies/:id/preview',
    {
      config: viewer,
      schema: {
        ...{ tags, summary: 'A small picture of one image of the study, not for diagnosis', params: one },
        produces: ['image/png'],
        response: { 200: { description: 'A PNG', type: 'string', format: 'binary' } },
      },
    },
    async (request, reply) => {
      const { store, previews } = inside(premises);
      const study = studyIn(store, request.params.id);
      const series = store.items.series(study.id).find(({ sop_class }) => isPicture(sop_class));
      const item = series && store.items.middleOf(study.id, series);
      if (!item) throw new RohrpostError('preview-none');
      const png = await previews.draw(join(premises.folder, item.path));
      const { by } = request;
      premises.desk.audit.add({ by, act: 'study-preview', subject: study.id, now_ms: premises.clock.now() });
      reply.header('cache-control', 'no-store').type('image/png');
      return reply.send(png as never);
    },
  );
}

function sendOnRoute(web: Web, premises: Premises): void {
  web.post(
    '/api/studies/:id/send',
    {
      config: { right: 'operator' },
      schema: {
        ...{ tags, summary: 'Sends a study to further partners', params: one, body: sendOnBody },
        ...{ response: { 200: sentOnAnswer } },
        description:
          'All that is stored of it, also of a study that came in. All or nothing; to whoever was sent it before only with `again`.',
      },
    },
    async (request) => {
      const { store, settings, wake } = inside(premises);
      const { id } = request.params;
      const { by } = request;
      const { urgent, again } = request.body;
      const { clock } = premises;
      const partners = [...new Set(request.body.partners)].map((to) => partnerIn(settings.current().partners, to));
      const rows = sendOn(store, id, { partners, urgent, again }, { by, now: clock.now, steady: clock.steady });
      wake();
      const details = { partners: partners.map((partner) => partner.id).join(' '), urgent, again };
      premises.desk.audit.add({ by, act: 'study-send', subject: id, details, now_ms: clock.now() });
      return { consignments: rows.map(({ id: row, partner_id: partner, state }) => ({ id: row, partner, state })) };
    },
  );
}

/** @throws RohrpostError store-no-such-row */
function studyIn(store: Store, id: string): StudyRow {
  const study = store.studies.get(id);
  if (study) return study;
  throw new RohrpostError('store-no-such-row', { details: { id: id.slice(0, 40) } });
}

function partnerIn(partners: readonly Partner[], id: string): Partner {
  const partner = partners.find((candidate) => candidate.id === id);
  if (partner) return partner;
  const allowed = partners.map((candidate) => candidate.id).join(', ') || '-';
  throw new RohrpostError('id-unknown', { details: { id, allowed } });
}
