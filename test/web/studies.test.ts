import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RohrpostError } from '../../src/core/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { addConsignment, addDelivery, addItem, addStudy, bring } from '../cli/rows.ts';
import { studyFacts } from '../support/store.ts';
import { openWeb, type TestCaller, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let store: Store;
let viewer: TestCaller;
let operator: TestCaller;

const partner = (id: string, name: string) => ({
  ...{ id, name, address: `box@${id}.example`, ae_title: id.toUpperCase(), hold: true },
});

beforeAll(async () => {
  web = await openWeb({ settings: { partners: [partner('sued', 'Klinik Süd'), partner('west', 'Klinik West')] } });
  store = web.premises.box()!.store;
  viewer = web.as('viewer');
  operator = web.as('operator');
});
afterAll(() => web.stop());

let number = 0;
/** A study of a patient; each is a minute younger than the one before. */
function study(o: { name?: string; id?: string; accession?: string; state?: string; direction?: 'out' | 'in' } = {}) {
  number++;
  const { direction = 'out' } = o;
  const facts = studyFacts({
    study_uid: `1.2.9.${number}`,
    patient_name: o.name ?? 'Testperson^Erika',
    patient_id: o.id ?? `TEST-${number}`,
    accession_number: o.accession ?? `ACC-${number}`,
  });
  return store.studies.add({
    ...{ direction, facts, origin: direction === 'in' ? 'sued' : 'SUED', lane: 'sued' },
    ...{
      state: o.state ?? (direction === 'in' ? 'received' : 'routed'),
      now_ms: Date.UTC(2026, 0, 1) + number * 60_000,
    },
  });
}
const search = async (body: object) => (await viewer.post('/api/studies/search', body)).body;
const found = async (body: object): Promise<string[]> =>
  (await search(body)).studies.map(({ id }: { id: string }) => id);

describe('search', () => {
  test('by the beginnings of words of the name: capitals, umlauts and their order do not matter', async () => {
    const { id } = study({ name: 'Testmüller^Jürgen Änne' });
    study({ name: 'Testmeier^Jürgen' });
    for (const name of [
      'testmüller',
      'TESTMUELLER',
      'testmuller',
      'Testmüller^Jürgen',
      'jurgen testmü',
      'ANNE testmueller',
    ]) {
      expect(await found({ name }), name).toEqual([id]);
    }
    for (const name of ['müller', 'Testmüller^Peter', 'estmüller']) expect(await found({ name }), name).toEqual([]);
  });

  test('by Patient ID, accession number, partner, direction and stage', async () => {
    const wanted = study({ id: 'P%1_x', accession: 'Z-77', direction: 'in' });
    study({ id: 'PX1yx' });
    expect(await found({ patient_id: 'p%1_' })).toEqual([wanted.id]);
    expect(await found({ accession: 'z-7' })).toEqual([wanted.id]);
    expect(await found({ patient_id: 'P%1', partner: 'sued', direction: 'in', stages: ['received', 'held'] })).toEqual([
      wanted.id,
    ]);
    expect(await found({ patient_id: 'P%1', partner: 'west' })).toEqual([]);
    expect(await found({ patient_id: 'P%1', stages: ['held'] })).toEqual([]);
    expect(await found({ patient_id: 'P%1', direction: 'out' })).toEqual([]);
  });

  test('by time, page after page, each study once', async () => {
    const made = Array.from({ length: 7 }, () => study({ name: 'Testseite^Ada' }));
    const expected = made.map(({ id }) => id).reverse();
    const seen: string[] = [];
    let after: string | undefined;
    for (let page = 0; page < 4; page++) {
      const answer = await search({ name: 'testseite', limit: 2, after });
      seen.push(...answer.studies.map(({ id }: { id: string }) => id));
      after = answer.next ?? undefined;
      if (!after) break;
    }
    expect(seen).toEqual(expected);
    expect(after).toBeUndefined();
    const [from_ms, to_ms] = [made[1]!.last_ms, made[2]!.last_ms];
    expect(await found({ name: 'testseite', from_ms, to_ms })).toEqual([made[2]!.id, made[1]!.id]);
  });

  test('GET takes everything but what names a patient', async () => {
    const { body } = await viewer.get('/api/studies?direction=out&stages=routed&stages=held&limit=3');
    expect(body.studies).toHaveLength(3);
    for (const query of ['name=Testperson', 'patient_id=TEST', 'accession=ACC']) {
      expect(await viewer.get(`/api/studies?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'request-invalid' },
      });
    }
  });

  test.each([{ after: '1;2' }, { after: 'x' }, { limit: 0 }, { limit: 201 }, { stages: ['lost'] }, { name: 'a\nb' }])(
    'refused beside its field: %j',
    async (body) => {
      const { status, body: answer } = await viewer.post('/api/studies/search', body);
      expect(status).toBe(400);
      expect(answer.problems[0].path[0]).toBe(Object.keys(body)[0]);
    },
  );

  test('what looks like SQL finds nothing and breaks nothing', async () => {
    const before = (await found({})).length;
    for (const text of [`'; DROP TABLE study; --`, '" OR 1=1', '%', '_', '\\', '^^^^', '='.repeat(60)]) {
      expect((await viewer.post('/api/studies/search', { patient_id: text.slice(0, 64) })).body.studies).toEqual([]);
      expect((await viewer.post('/api/studies/search', { name: `${text}qqq` })).body.studies).toEqual([]);
    }
    expect((await found({})).length).toBe(before);
  });
});

describe('one study', () => {
  /** Refused by the server. */
  function refused() {
    const rows = addConsignment(store, 'packed', 'planned');
    const error = new RohrpostError('transport-recipient-refused', {
      details: { host: 'mx.sued.example', response: '550 5.1.1 no such user', reason: '550 5.1.1 no such user' },
    });
    const why = { code: error.code, reason: error.message };
    bring(store.parts, rows.part, 'held', why);
    bring(store.consignments, rows.consignment, 'held', why);
    return rows;
  }

  test('tells where it goes, how far it is, why not further, in the language of whoever asks, and what can be done', async () => {
    const { study: id, consignment } = refused();
    const { body } = await viewer.get(`/api/studies/${id}`, { headers: { 'accept-language': 'de' } });
    expect(body).toMatchObject({
      ...{ id, direction: 'out', stage: 'held', items: 1, size_bytes: 524_288, parts: 1, parts_sent: 0 },
      ...{ peers: [{ id: 'sued', name: 'Klinik Süd' }], patient: { name: 'Testperson^Erika' }, can_send: true },
      can: ['release', 'retry', 'discard'],
    });
    expect(body.consignments).toMatchObject([
      { id: consignment, state: 'held', code: 'transport-recipient-refused', can: ['release', 'retry', 'discard'] },
    ]);
    expect(body.consignments[0].words).toMatch(/abgelehnt.*550 5\.1\.1 no such user|550 5\.1\.1 no such user/);
  });

  test('its timeline: stretches, what was overcome with the peer’s words, and who did what', async () => {
    const { study: id, part } = refused();
    await operator.post(`/api/rows/${part}/retry`);
    const trouble = new RohrpostError('confirm-bounced', { details: { reason: '450 greylisted' } });
    store.parts.move(part, { state: 'planned', attempts: 3, code: trouble.code, reason: trouble.message }, Date.now());
    bring(store.parts, part, 'sent');
    const { body } = await viewer.get(`/api/studies/${id}/timeline`);
    const steps = body.steps as { step: string; words: string | null; at_ms: number; from_ms: number | null }[];
    expect(steps.map(({ at_ms }) => at_ms)).toEqual(steps.map(({ at_ms }) => at_ms).sort((a, b) => a - b));
    const of = (step: string) => steps.filter((line) => line.step === step);
    expect(of('last-in')).toMatchObject([{ count: 1, size_bytes: 524_288, from_ms: expect.any(Number) }]);
    expect(of('sent')).toMatchObject([{ peer: { id: 'sued', name: 'Klinik Süd' }, count: 1, of: 1 }]);
    expect(of('overcome')).toMatchObject([{ attempts: 3, code: 'confirm-bounced', entity: 'part', state: 'sealed' }]);
    expect(of('overcome')[0]!.words).toContain('450 greylisted');
    expect(of('event').some(({ words }) => words === 'Tried again by test-operator.')).toBe(true);
    const german = await viewer.get(`/api/studies/${id}/timeline`, { headers: { 'accept-language': 'de' } });
    expect(german.text).toContain('Noch einmal angestoßen von test-operator.');
  });

  test('a study of hundreds of refused objects has one step for them', async () => {
    const { id } = addStudy(store, 'received', 'in');
    for (let n = 0; n < 300; n++) {
      const itemId = addItem(store, id);
      store.deliveries.add({ itemId, studyId: id, targetId: 'pacs', urgent: false, due_ms: 9e12, now_ms: 1 });
      const why = { state: 'refused', code: 'deliver-refused', reason: 'The target refuses the object (0122).' };
      store.deliveries.move(store.deliveries.ofItem(itemId)[0]!.id, why, 5);
    }
    const { body } = await viewer.get(`/api/studies/${id}/timeline`);
    expect(body.steps.filter(({ step }: { step: string }) => step === 'event')).toMatchObject([{ count: 300 }]);
    const { body: details } = await viewer.get(`/api/studies/${id}`);
    expect(details).toMatchObject({ stage: 'refused', targets: [{ count: 300, code: 'deliver-refused' }] });
  });

  test('an id that is not there', async () => {
    for (const path of ['', '/timeline', '/preview']) {
      const answer = await viewer.get(`/api/studies/nobody${path}`);
      expect(answer).toMatchObject({ status: 404, body: { code: 'store-no-such-row' } });
    }
    expect(await operator.post('/api/studies/nobody/send', { partners: ['sued'] })).toMatchObject({ status: 404 });
    expect(await operator.post('/api/rows/zzzzzz/retry')).toMatchObject({ status: 404 });
  });
});

describe('acts', () => {
  test('discarding needs a reason and a yes; it is named in the history and in the audit', async () => {
    const { study: id } = addConsignment(store, 'held', null);
    for (const body of [{}, { confirm: true }, { reason: '', confirm: true }, { reason: 'twice' }]) {
      const answer = await operator.post(`/api/rows/${id}/discard`, body);
      expect(answer.status, JSON.stringify(body)).toBe(400);
    }
    expect(store.studies.get(id)!.state).toBe('routed');
    const done = await operator.post(`/api/rows/${id}/discard`, { reason: 'sent on CD', confirm: true });
    expect(done).toMatchObject({ status: 200, body: { row: { id, entity: 'study' }, at_work: 0 } });
    expect(done.body.moved).toHaveLength(2);
    expect(store.studies.get(id)).toMatchObject({ state: 'discarded', stage: 'discarded' });
    expect(store.history.of([id]).at(-1)!.reason).toBe('Discarded by test-operator: sent on CD');
    const [line] = web.premises.desk.audit.list({ limit: 1 });
    expect(line).toMatchObject({
      by: 'test-operator',
      act: 'row-discard',
      subject: id,
      details: { reason: 'sent on CD' },
    });
  });

  test('what the box has in hand, and what cannot be done now, is a conflict and changes nothing', async () => {
    const { part } = addConsignment(store, 'packed', 'held');
    bring(store.parts, part, 'held');
    expect(await operator.post(`/api/rows/${part}/hold`)).toMatchObject({
      ...{ status: 409, body: { code: 'store-not-in-state' } },
    });
    expect(store.parts.get(part)!.state).toBe('held');
  });
});

describe('sending on', () => {
  test('a study that came in goes to a further partner, whole, and not twice unless that is said', async () => {
    const { study: id, item } = addDelivery(store, 'delivered');
    const second = addItem(store, id);
    const answer = await operator.post(`/api/studies/${id}/send`, { partners: ['west', 'west'], urgent: true });
    expect(answer).toMatchObject({ status: 200, body: { consignments: [{ partner: 'west', state: 'held' }] } });
    const [row] = store.consignments.ofStudy(id);
    expect(row).toMatchObject({ partner_id: 'west', urgent: 1, sequence: 1, code: 'route-partner-on-hold' });
    expect(new Set(store.items.ofConsignment(row!.id).map((entry) => entry.id))).toEqual(new Set([item, second]));
    const twice = await operator.post(`/api/studies/${id}/send`, { partners: ['sued', 'west'] });
    expect(twice).toMatchObject({ status: 409, body: { code: 'act-sent-already' } });
    expect(store.consignments.ofStudy(id)).toHaveLength(1);
    await operator.post(`/api/studies/${id}/send`, { partners: ['sued', 'west'], again: true });
    expect(
      store.consignments
        .ofStudy(id)
        .map(({ partner_id }) => partner_id)
        .sort(),
    ).toEqual(['sued', 'west', 'west']);
    const { body } = await viewer.get(`/api/studies/${id}`);
    expect(body).toMatchObject({ stage: 'held', peers: [{ id: 'sued' }, { id: 'west' }] });
    const [line] = web.premises.desk.audit.list({ limit: 1 });
    expect(line).toMatchObject({ act: 'study-send', subject: id, details: { partners: 'sued west', again: true } });
  });

  test('giving up what was sent on leaves the files to the targets; giving up a delivery leaves them to the partner', async () => {
    const { study: id, item, delivery } = addDelivery(store, 'held');
    const { body } = await operator.post(`/api/studies/${id}/send`, { partners: ['west'] });
    const reason = { reason: 'test', confirm: true };
    await operator.post(`/api/rows/${body.consignments[0].id}/discard`, reason);
    expect(store.items.get(item)!.state).toBe('stored');
    await operator.post(`/api/studies/${id}/send`, { partners: ['west'] });
    await operator.post(`/api/rows/${delivery}/discard`, reason);
    expect(store.items.get(item)!.state).toBe('stored');
  });

  test.each(['held', 'arriving', 'settled', 'discarded'])('a study that is %s does not go', async (state) => {
    const { id } = addStudy(store, state);
    addItem(store, id);
    const answer = await operator.post(`/api/studies/${id}/send`, { partners: ['west'] });
    expect(answer).toMatchObject({ status: 409, body: { code: 'store-not-in-state' } });
  });

  test('one of which a file is gone does not go with a hole in it', async () => {
    const { study: id } = addConsignment(store, 'confirmed', 'confirmed');
    store.items.setState(addItem(store, id), 'removed', 1);
    const answer = await operator.post(`/api/studies/${id}/send`, { partners: ['west'] });
    expect(answer).toMatchObject({ status: 409, body: { code: 'act-files-gone' } });
  });

  test('a partner that nobody knows', async () => {
    const { study: id } = addConsignment(store, 'confirmed', 'confirmed');
    const answer = await operator.post(`/api/studies/${id}/send`, { partners: ['west', 'nobody'] });
    expect(answer).toMatchObject({ status: 404, body: { code: 'id-unknown' } });
    expect(store.consignments.ofStudy(id)).toHaveLength(1);
  });
});
