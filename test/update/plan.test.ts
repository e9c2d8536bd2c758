import { describe, expect, test } from 'vitest';
import { studiesMove } from '../../src/update/moving.ts';
import { nextStep, type Situation } from '../../src/update/plan.ts';
import { maintenanceWindow } from '../../src/update/window.ts';
import { seeded } from '../support/random.ts';

const MINUTE_MS = 60_000;
const BERLIN = 'Europe/Berlin';
const at = (text: string) => Date.parse(text);
const always = maintenanceWindow({ from: '00:00', to: '00:00', time_zone: 'UTC' });
const night = maintenanceWindow({ from: '02:00', to: '05:00', time_zone: 'UTC' });

describe('the maintenance window', () => {
  test('by the clock on the wall, in summer and in winter', () => {
    const window = maintenanceWindow({ from: '02:00', to: '05:00', time_zone: BERLIN });
    expect(window.isOpen(at('2026-07-01T00:00:00Z'))).toBe(true);
    expect(window.isOpen(at('2026-07-01T03:00:00Z'))).toBe(false);
    expect(window.isOpen(at('2026-12-01T00:59:59Z'))).toBe(false);
    expect(window.isOpen(at('2026-12-01T01:00:00Z'))).toBe(true);
  });

  test('over midnight', () => {
    const window = maintenanceWindow({ from: '22:00', to: '04:00', time_zone: 'UTC' });
    expect(
      ['21:59', '22:00', '23:59', '00:00', '03:59', '04:00'].map((time) => window.isOpen(at(`2026-05-05T${time}:00Z`))),
    ).toEqual([false, true, true, true, true, false]);
  });

  test('where the clocks are put forward over its beginning, it opens at that moment', () => {
    const window = maintenanceWindow({ from: '02:30', to: '05:00', time_zone: BERLIN });
    // 29 March 2026: after 01:59 comes 03:00.
    expect(window.opens_ms(at('2026-03-28T23:00:00Z'))).toBe(at('2026-03-29T01:00:00Z'));
    expect(window.shuts_ms(at('2026-03-29T01:10:00Z'))).toBe(at('2026-03-29T03:00:00Z'));
  });

  test('where they are put back, what comes twice counts twice', () => {
    const window = maintenanceWindow({ from: '02:00', to: '03:00', time_zone: BERLIN });
    // 25 October 2026: 02:00 to 03:00 comes at 00:00Z and at 01:00Z.
    expect(window.opens_ms(at('2026-10-24T22:00:00Z'))).toBe(at('2026-10-25T00:00:00Z'));
    expect(window.isOpen(at('2026-10-25T01:30:00Z'))).toBe(true);
    expect(window.shuts_ms(at('2026-10-25T00:10:00Z'))).toBe(at('2026-10-25T02:00:00Z'));
  });

  test('a time zone that the machine does not know is its own', () => {
    expect(() => maintenanceWindow({ from: '02:00', to: '05:00', time_zone: 'Mars/Olympus' }).isOpen(0)).not.toThrow();
  });

  test('property: it opens exactly when it says, at the first minute after', () => {
    const random = seeded(11);
    const time = () => `${String(random.below(24)).padStart(2, '0')}:${random.pick(['00', '15', '30', '59'])}`;
    for (let run = 0; run < 400; run++) {
      const shape = {
        from: time(),
        to: time(),
        time_zone: random.pick([BERLIN, 'UTC', 'America/St_Johns', 'Australia/Lord_Howe']),
      };
      if (shape.from === shape.to) continue;
      const window = maintenanceWindow(shape);
      // Around the days on which clocks are changed as well.
      const now_ms =
        random.pick([
          at('2026-03-28T00:00:00Z'),
          at('2026-10-24T00:00:00Z'),
          at('2026-04-04T00:00:00Z'),
          at('2026-03-08T00:00:00Z'),
        ]) +
        random.below(3 * 1_440) * MINUTE_MS;
      const [opens_ms, shuts_ms] = [window.opens_ms(now_ms), window.shuts_ms(now_ms)];
      const say = JSON.stringify({
        ...shape,
        now: new Date(now_ms),
        opens: new Date(opens_ms),
        shuts: new Date(shuts_ms),
      });
      expect(opens_ms > now_ms && shuts_ms > now_ms, say).toBe(true);
      expect(window.isOpen(opens_ms) && !window.isOpen(opens_ms - MINUTE_MS), say).toBe(true);
      expect(!window.isOpen(shuts_ms) && window.isOpen(shuts_ms - MINUTE_MS), say).toBe(true);
      for (let t = now_ms + MINUTE_MS; t < opens_ms; t += 7 * MINUTE_MS) {
        if (t > shuts_ms || !window.isOpen(now_ms)) expect(window.isOpen(t), say).toBe(false);
      }
    }
  });
});

const quiet: Situation = {
  now_ms: at('2026-05-05T03:00:00Z'),
  clockIsRight: true,
  hasData: true,
  onTrial: false,
  settles_ms: 0,
  automatic: true,
  whileMoving: false,
  window: night,
  studiesMove: false,
  isOffered: false,
  retry_ms: 0,
  isInstalled: false,
  isWanted: true,
  installAsked: false,
  restartAsked: false,
};
const offered = { ...quiet, isOffered: true };
const installed = { ...quiet, isInstalled: true };
const noon = at('2026-05-05T12:00:00Z');
const done = (s: Situation) => nextStep(s).do;
const waits = (s: Situation) => nextStep(s).waiting?.for ?? null;

describe('what happens next', () => {
  test('nothing, where there is nothing', () => {
    expect(nextStep(quiet)).toEqual({ do: 'nothing', waiting: null });
  });

  test('in the window it is written, also while studies move; the restart waits for them', () => {
    expect(done({ ...offered, studiesMove: true })).toBe('install');
    expect(nextStep({ ...installed, studiesMove: true })).toEqual({
      do: 'nothing',
      waiting: { for: 'study', until_ms: at('2026-05-05T05:00:00Z') },
    });
    expect(done(installed)).toBe('restart');
    expect(done({ ...installed, studiesMove: true, whileMoving: true })).toBe('restart');
  });

  test('at noon it waits for the night, and says until when', () => {
    const until_ms = at('2026-05-06T02:00:00Z');
    for (const s of [offered, installed]) {
      expect(nextStep({ ...s, now_ms: noon })).toEqual({ do: 'nothing', waiting: { for: 'window', until_ms } });
    }
  });

  test('a person has it at once, also at noon; the restart only if they say so', () => {
    expect(done({ ...offered, now_ms: noon, installAsked: true })).toBe('install');
    expect(waits({ ...installed, now_ms: noon, installAsked: true })).toBe('window');
    expect(done({ ...installed, now_ms: noon, restartAsked: true, studiesMove: true })).toBe('restart');
  });

  test('not by itself, where it is not to; and nothing that was withdrawn meanwhile', () => {
    expect(waits({ ...offered, automatic: false })).toBe('person');
    expect(waits({ ...installed, automatic: false })).toBe('person');
    expect(done({ ...installed, automatic: false, installAsked: true })).toBe('restart');
    expect(waits({ ...installed, isWanted: false })).toBe('withdrawn');
  });

  test('not on trial, not just after the start, not by a wrong clock, not before its next try', () => {
    for (const s of [offered, installed]) {
      expect(waits({ ...s, onTrial: true, installAsked: true })).toBe('trial');
      expect(waits({ ...s, settles_ms: s.now_ms + 1 })).toBe('settle');
      expect(waits({ ...s, clockIsRight: false })).toBe('clock');
      expect(waits({ ...s, hasData: false })).toBe('data');
    }
    expect(nextStep({ ...offered, retry_ms: offered.now_ms + 5 })).toEqual({
      do: 'nothing',
      waiting: { for: 'retry', until_ms: offered.now_ms + 5 },
    });
  });

  test('property: whatever comes together, what must never happen does not', () => {
    const random = seeded(7);
    const coin = () => random.below(2) === 0;
    for (let run = 0; run < 20_000; run++) {
      const s: Situation = {
        now_ms: at('2026-05-05T00:00:00Z') + random.below(1_440) * MINUTE_MS,
        ...{ clockIsRight: coin(), hasData: coin(), onTrial: coin(), automatic: coin(), whileMoving: coin() },
        ...{ studiesMove: coin(), isOffered: coin(), isInstalled: coin(), isWanted: coin() },
        ...{ installAsked: coin(), restartAsked: coin() },
        window: random.pick([night, always]),
        settles_ms: coin() ? 0 : at('2026-05-06T00:00:00Z'),
        retry_ms: coin() ? 0 : at('2026-05-06T00:00:00Z'),
      };
      const step = nextStep(s);
      const say = JSON.stringify({ s, step });
      if (step.do === 'nothing') {
        expect(step.waiting === null, say).toBe(!s.isInstalled && !s.isOffered);
        continue;
      }
      expect(step.waiting, say).toBeNull();
      expect(s.hasData && !s.onTrial, say).toBe(true);
      if (step.do === 'install') {
        expect(s.isOffered && !s.isInstalled && s.clockIsRight, say).toBe(true);
        expect(s.installAsked || (s.automatic && s.window.isOpen(s.now_ms)), say).toBe(true);
      } else {
        expect(s.isInstalled, say).toBe(true);
        const isBySelf = s.isWanted && s.window.isOpen(s.now_ms) && (!s.studiesMove || s.whileMoving);
        expect(s.restartAsked || isBySelf, say).toBe(true);
      }
    }
  });
});

test('F73: a study moves while it arrives, or is on its way; not what waits for somebody else', () => {
  const now_ms = noon;
  const fresh = { kind: 'sending', since_ms: now_ms - MINUTE_MS, code: null } as const;
  const old_ms = now_ms - 7 * 60 * MINUTE_MS;
  expect(studiesMove([], now_ms)).toBe(false);
  expect(studiesMove([fresh], now_ms)).toBe(true);
  expect(studiesMove([{ ...fresh, code: 'transport-timed-out' }], now_ms)).toBe(false);
  expect(studiesMove([{ ...fresh, kind: 'incoming', since_ms: old_ms }], now_ms)).toBe(false);
  expect(studiesMove([{ ...fresh, kind: 'arriving', since_ms: old_ms }], now_ms)).toBe(true);
  expect(studiesMove([{ ...fresh, since_ms: old_ms }, fresh], now_ms)).toBe(true);
});
