import { expect, test } from 'vitest';
import { confirmWithin_ms, isKnownCalledAe, type RoutingFacts, routingFacts, wayOf } from '../../src/line/rules.ts';
import { tagsWith } from '../../src/line/study-facts.ts';
import { fitsPattern } from '../../src/line/wildcard.ts';
import { testSettings } from '../support/settings.ts';

const partners = [{ id: 'klinik' }, { id: 'praxis' }, { id: 'stroke' }];
const ct: RoutingFacts = { calledAe: 'ROHRPOST', callingAe: 'CT1', modalities: ['CT'], tags: {} };

function way(routes: Record<string, unknown>[], facts: Partial<RoutingFacts> = {}) {
  const settings = testSettings({ partners, routes: routes.map((route, n) => ({ id: `r${n}`, ...route })) });
  const found = wayOf(settings, { ...ct, ...facts });
  return { ...found, partners: found.partners.map(({ id }) => id) };
}

test('F21: no rule and no partner of that AE title: nobody, not everybody', () => {
  expect(way([]).partners).toEqual([]);
});

test('without a rule the called AE title names the partner', () => {
  expect(way([], { calledAe: 'KLINIK' })).toEqual({
    ...{ partners: ['klinik'], urgent: false, quiet_ms: 60_000, cap_ms: 1_800_000 },
  });
});

test('a rule that matches is the word: the partner whose AE title was called is not added', () => {
  expect(way([{ when: { modality: 'CT' }, to: ['praxis'] }], { calledAe: 'KLINIK' }).partners).toEqual(['praxis']);
});

test('F21: two rules that name the same partner give one consignment', () => {
  const routes = [
    { when: { modality: 'CT' }, to: ['klinik', 'praxis'] },
    { when: { calling_ae: 'CT1' }, to: ['klinik'] },
  ];
  expect(way(routes).partners).toEqual(['klinik', 'praxis']);
});

test('several rules: the shortest times and the highest urgency hold', () => {
  const routes = [
    { when: { modality: 'CT' }, to: ['klinik'], quiet_s: 120, cap_s: 600 },
    { when: {}, to: ['stroke'], urgent: true, quiet_s: 5 },
  ];
  expect(way(routes)).toEqual({ partners: ['klinik', 'stroke'], urgent: true, quiet_ms: 5_000, cap_ms: 600_000 });
});

test.each([
  [{ called_ae: 'ROHRPOST' }, true],
  [{ called_ae: 'KLINIK' }, false],
  [{ calling_ae: 'CT1' }, true],
  [{ calling_ae: 'CT2' }, false],
  [{ modality: 'CT' }, true],
  [{ modality: 'MR' }, false],
  [{ called_ae: 'ROHRPOST', calling_ae: 'CT1', modality: 'CT' }, true],
  [{ called_ae: 'ROHRPOST', calling_ae: 'CT1', modality: 'MR' }, false],
  [{}, true],
])('a rule when %o: all its conditions must hold', (when, matches) => {
  expect(way([{ when, to: ['praxis'] }]).partners).toEqual(matches ? ['praxis'] : []);
});

test('any modality that has come counts', () => {
  expect(way([{ when: { modality: 'SR' }, to: ['praxis'] }], { modalities: ['CT', 'SR'] }).partners).toEqual([
    'praxis',
  ]);
});

test('conditions on the header: each attribute must fit, one of several values is enough, an absent one fits nothing', () => {
  const when = (...tags: { keyword: string; matches: string }[]) => ({ when: { tags }, to: ['praxis'] });
  const tags = { BodyPartExamined: ['HEAD', 'NECK'], StudyDescription: ['Stroke Protokoll'] };
  const head = { keyword: 'BodyPartExamined', matches: 'neck' };
  const stroke = { keyword: 'StudyDescription', matches: 'stroke*' };
  const anyone = { keyword: 'ReferringPhysicianName', matches: '*' };
  expect(way([when(head)], { tags }).partners).toEqual(['praxis']);
  expect(way([when(head, stroke)], { tags }).partners).toEqual(['praxis']);
  expect(way([when(head, stroke, anyone)], { tags }).partners).toEqual([]);
  expect(way([when(stroke)], { tags: {} }).partners).toEqual([]);
});

test('what rules may ask of a study: its columns and what else is remembered, several values apart', () => {
  const study = { origin: 'ROHRPOST', calling_ae: 'CT1', modality: 'CT SR', patient_id: 'TEST-0001' };
  const row = { ...study, description: 'Kopf', accession_number: '', tags: '{"StationName":["CT-A"]}' };
  expect(routingFacts(row)).toEqual({
    ...{ calledAe: 'ROHRPOST', callingAe: 'CT1', modalities: ['CT', 'SR'] },
    tags: { StationName: ['CT-A'], StudyDescription: ['Kopf'], AccessionNumber: [], PatientID: ['TEST-0001'] },
  });
});

test('remembered attributes grow with the study, up to a bound', () => {
  const before = '{"BodyPartExamined":["HEAD"]}';
  expect(tagsWith(before, before)).toBe(before);
  expect(tagsWith(before, '{}')).toBe(before);
  expect(JSON.parse(tagsWith(before, '{"BodyPartExamined":["NECK","HEAD"],"StationName":["CT-A"]}'))).toEqual({
    BodyPartExamined: ['HEAD', 'NECK'],
    StationName: ['CT-A'],
  });
  const many = JSON.stringify({ BodyPartExamined: Array.from({ length: 99 }, (_, n) => `PART${n}`) });
  expect(JSON.parse(tagsWith(before, many)).BodyPartExamined).toHaveLength(16);
});

test.each([
  ['Stroke', 'stroke', true],
  ['Stroke CT', 'stroke', false],
  ['Stroke CT', 'stroke*', true],
  ['Stroke CT', '*ct', true],
  ['Stroke CT', '*', true],
  ['', '*', true],
  ['', '?', false],
  ['CT1', 'CT?', true],
  ['CT', 'CT?', false],
  ['a.b', 'a?b', true],
  ['ab', 'a.b', false],
  ['abcabd', '*ab?', true],
  ['Müller^Änne', 'müller*', true],
  ['x', '', false],
])('%j fits %j: %s', (value, pattern, fits) => {
  expect(fitsPattern(value, pattern)).toBe(fits);
});

test('a pattern of many stars against a long value takes no time', () => {
  const began_ms = performance.now();
  expect(fitsPattern('a'.repeat(4_000), `${'*a'.repeat(32)}b`)).toBe(false);
  expect(performance.now() - began_ms).toBeLessThan(200);
});

test('F17: called AE titles we know are our own, the partners’, and those that rules name', () => {
  const settings = testSettings({ partners, routes: [{ id: 'r', when: { called_ae: 'NOTFALL' }, to: ['stroke'] }] });
  const known = ['ROHRPOST', 'KLINIK', 'NOTFALL', 'SOMEBODY', 'klinik', ''].filter((ae) =>
    isKnownCalledAe(settings, ae),
  );
  expect(known).toEqual(['ROHRPOST', 'KLINIK', 'NOTFALL']);
});

test('a partner that is asked for no receipt, or is gone, has no time to confirm in', () => {
  const settings = testSettings({
    partners: [
      { id: 'klinik', confirm_within_h: 2 },
      { id: 'praxis', receipts: { ask: false } },
    ],
  });
  expect(['klinik', 'praxis', 'gone'].map((id) => confirmWithin_ms(settings, id))).toEqual([7_200_000, null, null]);
});
