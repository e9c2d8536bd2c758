import { expect, test } from 'vitest';
import { confirmWithin_ms, isKnownCalledAe, wayOf } from '../../src/line/rules.ts';
import { testSettings } from '../support/settings.ts';

const partners = [{ id: 'klinik' }, { id: 'praxis' }, { id: 'stroke' }];
const ct = { calledAe: 'ROHRPOST', callingAe: 'CT1', modalities: ['CT'] };

function way(routes: Record<string, unknown>[], facts: Partial<typeof ct> = {}) {
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
