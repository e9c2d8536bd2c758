import { afterAll, beforeAll, expect, test } from 'vitest';
import { studyFacts } from '../support/store.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
beforeAll(async () => {
  const partner = (id: string) => ({ id, name: id, address: `dicom@${id}.example`, ae_title: id.toUpperCase() });
  web = await openWeb({ settings: { partners: [partner('sued'), partner('west')] } });
  const { store } = web.premises.box()!;
  const came = (n: number, o: { modality: string; tags?: string; origin?: string; calling_ae?: string }) => {
    const { origin = 'SUED', ...facts } = o;
    const study = store.studies.add({
      ...{ direction: 'out', origin, state: 'routed', lane: origin, now_ms: 1_000 + n },
      facts: studyFacts({ study_uid: `1.2.3.${n}`, ...facts }),
    });
    return study.id;
  };
  const first = came(1, { modality: 'MR' });
  const due = { urgent: false, state: 'routed' as const, due_ms: null, now_ms: 1_000 };
  store.consignments.add({ studyId: first, partnerId: 'sued', itemIds: [], ...due });
  came(2, { modality: 'CT SR', tags: '{"BodyPartExamined":["HEAD"]}' });
  came(3, { modality: 'CT', origin: 'ROHRPOST' });
  // A test set: no modality sent it.
  came(4, { modality: '', calling_ae: '' });
  for (let n = 10; n < 40; n++) came(n - 1_000, { modality: 'US' });
});
afterAll(() => web.stop());

const tried = async (routes?: unknown) => {
  const { status, body } = await web.as('operator').post('/api/rules/try', { routes });
  return { status, body, rows: body.studies as { modality: string; would: string[]; rules: string[] }[] };
};

test('the rules in force: the called AE title names the partner, or nobody does', async () => {
  const { rows } = await tried();
  expect(rows).toHaveLength(20);
  expect(rows.slice(0, 3)).toMatchObject([
    { modality: 'CT', calledAe: 'ROHRPOST', went: [], would: [], rules: [] },
    { modality: 'CT SR', would: ['sued'] },
    { modality: 'MR', went: ['sued'], would: ['sued'], patient: 'Testperson^Erika' },
  ]);
});

test('a draft: what it would change is shown, nothing is saved', async () => {
  const routes = [
    { id: 'ct', when: { modality: 'CT' }, to: ['west'] },
    {
      ...{ id: 'head', to: ['sued'], urgent: true },
      when: { tags: [{ keyword: 'BodyPartExamined', matches: 'he*' }] },
    },
  ];
  const { rows } = await tried(routes);
  expect(rows.slice(0, 3)).toMatchObject([
    { would: ['west'], rules: ['ct'], urgent: false },
    { would: ['sued', 'west'], rules: ['ct', 'head'], urgent: true },
    { would: ['sued'], rules: [] },
  ]);
  expect(web.premises.box()!.settings.current().routes).toEqual([]);
});

test('a draft that could not be saved is said to be wrong, at its field', async () => {
  const { status, body } = await tried([{ id: 'ct', when: { modality: 'c t' }, to: ['nobody'] }]);
  expect(status).toBe(400);
  expect(body.problems).toMatchObject([{ path: ['routes', 0, 'when', 'modality'] }]);
  const other = await tried([{ id: 'ct', when: {}, to: ['nobody'] }]);
  expect(other.body.problems).toMatchObject([{ path: ['routes', 0, 'to', 0], code: 'setting-unknown-partner' }]);
});
