import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { RohrpostError } from '../../src/core/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { addConsignment, addDelivery, addMail, addSet, addStudy, bring } from '../cli/rows.ts';
import { type Chromium, NARROW, startChromium } from '../support/chromium.ts';
import { buildInstance } from '../support/instances.ts';
import { newItem, studyFacts } from '../support/store.ts';
import { addPeople, visitAs } from '../support/visitors.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

// Studies, one study and the quarantine as a person at the page uses them, on rows that nothing moves but that person.

let web: TestWeb;
let store: Store;
let chromium: Chromium;

const partner = (id: string, name: string) => ({
  ...{ id, name, address: `box@${id}.example`, ae_title: id.toUpperCase(), hold: true },
});

beforeAll(async () => {
  const partners = [partner('sued', 'Klinik Süd'), partner('west', 'Klinik West')];
  [web, chromium] = await Promise.all([openWeb({ settings: { partners } }), startChromium()]);
  store = web.premises.box()!.store;
  await addPeople(web.folder);
});
afterAll(async () => {
  await chromium?.stop();
  await web?.stop();
});
afterEach((context) => chromium.leave(context));

/** A study of one image of a patient, sent and confirmed. */
function study(name: string, uid: string): string {
  const { id } = store.studies.add({
    ...{ direction: 'out', origin: 'SUED', lane: 'SUED', state: 'routed', now_ms: Date.now() },
    facts: studyFacts({ study_uid: uid, patient_name: name, patient_id: `TEST-${uid}` }),
  });
  const path = `spool/instances/${uid}.dcm`;
  mkdirSync(dirname(join(web.folder, path)), { recursive: true });
  writeFileSync(join(web.folder, path), buildInstance({ PatientName: name, pixelBytes: 64 * 64 * 2 }));
  store.items.add(newItem(id, 1, { path, sop_uid: `${uid}.1`, study_uid: uid }));
  return id;
}
const at = (role: 'admin' | 'operator' | 'viewer', path: string, more = {}) =>
  visitAs(chromium, { folder: web.folder, url: web.url }, role, { path, ...more });

describe('the list', () => {
  test('finds a patient without the umlaut; coming back from the study the search still stands; no address names anybody', async () => {
    study('Testmüller^Änne', '1.2.51');
    study('Testschulze^Otto', '1.2.52');
    const { page, axe } = await at('viewer', '/studies');
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await page.getByLabel('Name des Patienten').fill('anne testmuel');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Testschulze' }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Testmüller, Änne' }).click();
    await page.getByRole('heading', { level: 1, name: 'Testmüller, Änne' }).waitFor();
    expect(await axe()).toEqual([]);
    await page.goBack();
    await page.getByRole('link', { name: 'Testmüller, Änne' }).waitFor();
    expect(await page.getByLabel('Name des Patienten').inputValue()).toBe('anne testmuel');
    expect(await page.getByRole('link', { name: 'Testschulze' }).count()).toBe(0);
    expect(addresses.filter((url) => /test|anne|m%C3/i.test(new URL(url).search))).toEqual([]);
  });

  test('moves by itself while a study is on its way, and loads more at the end', async () => {
    for (let n = 0; n < 60; n++) addStudy(store, 'held');
    const { page } = await at('viewer', '/studies');
    const rows = page.locator('tbody tr');
    await rows.nth(49).waitFor();
    expect(await rows.count()).toBe(50);
    await page.getByRole('button', { name: 'Mehr laden' }).click();
    await rows.nth(60).waitFor();
    const id = study('Testneu^Nora', '1.2.53');
    await page.getByRole('link', { name: 'Testneu, Nora' }).waitFor();
    const { consignment, part } = addConsignment(store, 'packed', 'planned', id);
    bring(store.parts, part, 'held');
    bring(store.consignments, consignment, 'held', { code: 'internal', reason: 'x' });
    await rows.filter({ hasText: 'Testneu' }).getByText('angehalten').waitFor();
  });

  test('what needs attention is one link away', async () => {
    addStudy(store, 'held');
    const { page } = await at('viewer', '/studies?attention=true');
    await page.locator('tbody tr').first().waitFor();
    expect(await page.getByLabel('Zustand').inputValue()).toBe('attention');
    expect(new Set(await page.locator('tbody tr .badge').allTextContents())).toEqual(new Set(['angehalten']));
  });
});

describe('one study', () => {
  test('shows a picture only when asked, always with the word that it is not for diagnosis', async () => {
    const id = study('Testbild^Berta', '1.2.61');
    const { page, axe } = await at('viewer', `/studies/${id}`);
    await page.getByText('Nicht zur Befundung').waitFor();
    await page.getByRole('button', { name: 'Bild zeigen' }).click();
    const image = page.getByRole('img', { name: 'nicht zur Befundung' });
    await image.waitFor();
    await expect.poll(() => page.evaluate(`document.querySelector('main img').naturalWidth`)).toBe(64);
    expect(await page.getByText('Nicht zur Befundung').count()).toBe(1);
    expect(await axe()).toEqual([]);
    expect(web.premises.desk.audit.list({ limit: 1 })[0]).toMatchObject({ act: 'study-preview', subject: id });
  });

  test('why it is held in the words of the peer; discarding wants a reason, and who did it stands in the timeline', async () => {
    const { study: id, consignment, part } = addConsignment(store, 'packed', 'planned');
    const error = new RohrpostError('transport-recipient-refused', {
      details: { host: 'mx.sued.example', response: '550 5.1.1 no such user', reason: '550 5.1.1 no such user' },
    });
    const why = { code: error.code, reason: error.message };
    bring(store.parts, part, 'held', why);
    bring(store.consignments, consignment, 'held', why);
    const { page, axe, overhang } = await at('operator', `/studies/${id}`, { size: NARROW });
    await page.getByText('550 5.1.1 no such user').first().waitFor();
    await page.getByRole('button', { name: 'Verwerfen: Klinik Süd' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/Grund/).press('Enter');
    expect(store.consignments.get(consignment)!.state).toBe('held');
    expect(await axe()).toEqual([]);
    await dialog.getByLabel(/Grund/).fill('kommt auf CD');
    await page.keyboard.press('Enter');
    await page.getByText('Verworfen von operator: kommt auf CD').first().waitFor();
    expect(store.consignments.get(consignment)!.state).toBe('discarded');
    expect(await overhang()).toBeLessThanOrEqual(0);
  });

  test('what came in goes on to another partner; a second time only when that is said', async () => {
    const { study: id } = addDelivery(store, 'delivered');
    const { page } = await at('operator', `/studies/${id}`);
    const send = async (again: boolean) => {
      await page.getByRole('button', { name: 'An weitere Partner senden' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Klinik West').check();
      if (again) await dialog.getByLabel(/Auch an Partner/).check();
      await dialog.getByRole('button', { name: 'Senden' }).click();
      return dialog;
    };
    await (await send(false)).waitFor({ state: 'detached' });
    await page.getByText('von Klinik Süd, weiter an Klinik West').waitFor();
    const dialog = await send(false);
    await dialog.getByText(/west wurde diese Studie schon gesendet/).waitFor();
    await page.keyboard.press('Escape');
    await (await send(true)).waitFor({ state: 'detached' });
    expect(store.consignments.ofStudy(id).map(({ partner_id }) => partner_id)).toEqual(['west', 'west']);
  });

  test('whoever may only look gets no buttons', async () => {
    const { id } = addStudy(store, 'held');
    const { page } = await at('viewer', `/studies/${id}`);
    await page.getByRole('heading', { name: 'Verlauf' }).waitFor();
    for (const name of ['Freigeben', 'Erneut versuchen', 'Verwerfen', 'An weitere Partner senden']) {
      expect(await page.getByRole('button', { name }).count()).toBe(0);
    }
  });
});

describe('quarantine', () => {
  test('a mail, a set, a study, a contradiction: why, from whom; released with a word about what that means', async () => {
    const stranger = { code: 'open-signer-unknown', reason: 'No pinned key fits.' };
    const mail = addMail(store, 'opened');
    bring(store.mails, mail, 'quarantined', stranger);
    const { set } = addSet(store, 'quarantined');
    const { id } = addStudy(store, 'held');
    const conflict = store.items.add(newItem(id, 77, { state: 'conflict' }));
    const { page, axe, overhang } = await at('operator', '/quarantine');
    for (const title of ['Mails', 'Eingänge', 'Angehaltene Studien', 'Widersprüchliche Objekte']) {
      await page.getByRole('heading', { level: 2, name: title }).waitFor();
    }
    await page.getByText('No pinned key fits.').first().waitFor();
    expect(await axe()).toEqual([]);
    const section = (title: string) => page.getByRole('region', { name: title });
    await section('Eingänge').getByRole('button', { name: 'Freigeben' }).click();
    await page.getByRole('dialog').getByText('Sie übernehmen die Verantwortung').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Freigeben' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => store.sets.get(set)!.released).toBe(1);
    await section('Widersprüchliche Objekte').getByRole('button', { name: 'Verwerfen' }).click();
    await page.getByRole('dialog').getByLabel(/Grund/).fill('geprüft');
    await page.keyboard.press('Enter');
    await section('Widersprüchliche Objekte').waitFor({ state: 'detached' });
    expect(store.items.get(conflict)!.state).toBe('discarded');
    await page.setViewportSize(NARROW);
    expect(await overhang()).toBeLessThanOrEqual(0);
    expect(await axe()).toEqual([]);
  });
});
