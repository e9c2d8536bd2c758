import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { clockDoubt } from '../../src/box/clock-watch.ts';
import { lookAtClock } from '../../src/health/looks/box.ts';
import { lightOf } from '../../src/health/signs.ts';
import { fakeAppliance } from '../support/appliance.ts';
import { manualClock } from '../support/clock.ts';
import { addConsignment, temporaryStore } from '../support/store.ts';

const BUILT_MS = statSync(new URL('../../package.json', import.meta.url)).mtimeMs;
const HOUR_MS = 3_600_000;

/** An appliance at that time. */
function doubtAt(now_ms: number, o: { synchronised: boolean; rtc: boolean }) {
  const appliance = fakeAppliance();
  appliance.synchronised = o.synchronised;
  const { store } = temporaryStore();
  return { doubt: clockDoubt(store, manualClock(now_ms), appliance, () => o.rtc), appliance };
}

test('a time server has set the clock: trusted, with or without a clock that runs without power', () => {
  for (const rtc of [true, false]) {
    expect(doubtAt(BUILT_MS + HOUR_MS, { synchronised: true, rtc }).doubt()).toBeNull();
  }
});

test('no time server answers: a clock that ran on is trusted; where there is none, the box waits, and goes on by itself', () => {
  expect(doubtAt(BUILT_MS + HOUR_MS, { synchronised: false, rtc: true }).doubt()).toBeNull();
  const { doubt, appliance } = doubtAt(BUILT_MS + HOUR_MS, { synchronised: false, rtc: false });
  expect(doubt()).toBe('unsynchronised');
  appliance.synchronised = true;
  expect(doubt()).toBeNull();
});

test('a clock from before the image was built is wrong, whoever set it', () => {
  for (const synchronised of [true, false]) {
    expect(doubtAt(BUILT_MS - HOUR_MS, { synchronised, rtc: true }).doubt()).toBe('wrong');
  }
});

test('what was written down under a clock that had jumped ahead: a time server is right against it', () => {
  for (const synchronised of [true, false]) {
    const appliance = fakeAppliance();
    appliance.synchronised = synchronised;
    const { store } = temporaryStore();
    const { consignment } = addConsignment(store);
    store.consignments.move(consignment.id, { state: 'packed' }, Math.trunc(BUILT_MS) + 365 * 24 * HOUR_MS);
    const doubt = clockDoubt(store, manualClock(BUILT_MS + HOUR_MS), appliance, () => true);
    expect(doubt()).toBe(synchronised ? null : 'wrong');
  }
});

test('a clock of 2038 is wrong, unless a time server says so', () => {
  const then_ms = Math.max(Date.UTC(2038, 0, 19, 3, 14, 8), BUILT_MS + 11 * 365 * 24 * HOUR_MS);
  expect(doubtAt(then_ms, { synchronised: false, rtc: true }).doubt()).toBe('wrong');
  expect(doubtAt(then_ms, { synchronised: true, rtc: true }).doubt()).toBeNull();
  const { store } = temporaryStore();
  expect(clockDoubt(store, manualClock(Date.UTC(2038, 0, 19, 3, 14, 8)), null, () => true)()).toBe('wrong');
});

test('on an ordinary machine the time is its operator’s business', () => {
  const { store } = temporaryStore();
  expect(clockDoubt(store, manualClock(), null, () => false)()).toBeNull();
});

test('the traffic light is red, and says what is needed', () => {
  const light = lightOf(lookAtClock('unsynchronised', null)[0]!, 'de');
  expect(light).toMatchObject({ tone: 'fail', code: 'clock-untrusted' });
  expect(light.words).toContain('Zeitserver');
});
