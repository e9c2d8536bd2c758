import { describe, expect, onTestFinished, test } from 'vitest';
import { alarmLimits as limits } from '../../src/core/alarm-limits.ts';
import { RohrpostError } from '../../src/core/errors.ts';
import { silentLog } from '../../src/core/log.ts';
import { conditionsOf } from '../../src/health/alarms/conditions.ts';
import type { Post } from '../../src/health/alarms/courier.ts';
import { type Alarms, keepAlarms } from '../../src/health/alarms/keeper.ts';
import { letterOf } from '../../src/health/alarms/letter.ts';
import type { News } from '../../src/health/alarms/news.ts';
import type { Look } from '../../src/health/lights.ts';
import { waitingSign } from '../../src/health/looks/mail.ts';
import { lightOf, type Sign } from '../../src/health/signs.ts';
import type { Alarm, alarmTable } from '../../src/store/desk/alarms.ts';
import { openDesk } from '../../src/store/desk.ts';
import { manualClock } from '../support/clock.ts';
import { temporaryFolder } from '../support/store.ts';

/** Alarms: one for a condition, from its beginning to its end, and one mail each way. */

const EVERY_MS = 10_000;

const sign = (id: string, more: Partial<Sign> = {}): Sign => ({
  ...{ id, tone: 'ok', title: () => `Light ${id}`, words: (_, language) => `${id} in ${language}` },
  ...more,
});
const broken = (id: string, code = 'transport-connect-failed') => sign(id, { tone: 'fail', code });

interface Mail {
  to: string;
  begun: string[];
  over: string[];
  still: string[];
  news: News;
}

/** A box whose lights show what the test says, and a mail server that is there or not. */
function world(o: { addresses?: string[]; folder?: string; clock?: ReturnType<typeof manualClock> } = {}) {
  const { folder = temporaryFolder(), clock = manualClock() } = o;
  const addresses = o.addresses ?? ['it@klinik.example'];
  const mails: Mail[] = [];
  let tries = 0;
  let refusal: (to: string) => RohrpostError | null = () => null;
  let lights: Sign[] = [];
  const meet = (to: string) => {
    tries++;
    const error = refusal(to);
    if (error) throw error;
  };
  const names = (alarms: readonly Alarm[]) => alarms.map(({ light }) => light);
  const post: Post = {
    ...{ addresses, language: 'en' },
    reach: async () => meet(''),
    send: async (to, news) => {
      meet(to);
      mails.push({ to, begun: names(news.begun), over: names(news.over), still: names(news.still), news });
    },
  };
  let listener: (look: Look) => void = () => {};
  const health = {
    onLook: (heard: typeof listener) => {
      listener = heard;
      return () => {};
    },
  };
  let desk = openDesk(folder);
  let alarms: Alarms;
  const start = () => {
    alarms = keepAlarms({ health, table: desk.alarms, post: async () => post, clock, log: silentLog });
  };
  start();
  onTestFinished(async () => {
    await alarms.stop();
    desk.close();
  });
  return {
    ...{ clock, mails, folder, addresses },
    alarms: () => alarms,
    tries: () => tries,
    refuse: (by: typeof refusal | null) => {
      refusal = by ?? (() => null);
    },
    /** The lights are like this for so long, and are looked at as often as they are. */
    async show(signs: Sign[], for_ms = EVERY_MS, isWhole = true): Promise<void> {
      lights = signs;
      for (let ms = 0; ms < for_ms; ms += EVERY_MS) {
        clock.advance(EVERY_MS);
        listener({ signs: lights, isWhole });
        await alarms.told();
      }
    },
    async restart(): Promise<void> {
      await alarms.stop();
      desk.close();
      desk = openDesk(folder);
      start();
    },
  };
}

const minutes = (count: number) => count * 60_000;
const refusing = (code: 'transport-connect-failed' | 'transport-auth-failed' | 'transport-recipient-refused') =>
  new RohrpostError(code, { details: { host: 'mail', reason: 'no' } });

describe('what is an alarm', () => {
  test('every fault; of the warnings, those that only a person can end', () => {
    const seen = conditionsOf([
      ...[sign('fine'), sign('fine-key', { calls: 'act' }), sign('storage', { tone: 'warn' })],
      ...[broken('mailbox'), sign('own-key', { tone: 'warn', calls: 'act' })],
      sign('disk', { tone: 'fail', code: 'disk-full', calls: 'now' }),
    ]);
    expect(seen.map(({ light, urgent }) => [light, urgent])).toEqual([
      ...[['mailbox', false] as const, ['own-key', false] as const],
      ['disk', true],
    ]);
    expect(seen[0]!.words).toEqual({ de: 'mailbox in de', en: 'mailbox in en' });
  });

  test('I4: what a peer said about a study stays out of it: it may quote a patient, and mails go out unsealed', () => {
    const said = 'The PACS does not take the test image: TESTPERSON^ERIKA is unknown';
    const waiting = [{ lane: 'pacs', code: 'pacs-refused-image', reason: said, count: 2, attempts: 5 }];
    const common = {
      id: 'target-pacs',
      link: '/targets',
      title: () => 'Target',
      text: 'light.target-waiting',
    } as const;
    const found = waitingSign(waiting, common);
    expect(lightOf(found, 'en').words).toContain('TESTPERSON');
    const [seen] = conditionsOf([found]);
    expect(JSON.stringify(seen)).not.toContain('TESTPERSON');
    expect(seen!.words.de).toMatch(/^2 Objekte warten: \S+/);
  });

  test('what a light tells together, each by itself', () => {
    const cases = ['consignment held', 'mail quarantined'].map((id) => ({ id, words: () => id }));
    const seen = conditionsOf([sign('attention', { tone: 'warn', calls: 'act', cases })]);
    expect(seen.map(({ light }) => light)).toEqual(['attention consignment held', 'attention mail quarantined']);
  });

  test('what lasts shorter than half a minute is none; a full disk is one at once', async () => {
    const { show, alarms } = world();
    await show([broken('mailbox')], limits.raise_ms);
    await show([sign('mailbox')]);
    await show([broken('mailbox')], limits.raise_ms);
    expect(alarms().standing()).toEqual([]);
    await show([broken('mailbox'), sign('disk', { tone: 'fail', code: 'disk-full', calls: 'now' })]);
    expect(alarms().standing()).toMatchObject([
      { light: 'mailbox', code: 'transport-connect-failed' },
      { light: 'disk' },
    ]);
    const [mailbox, disk] = alarms().standing();
    expect(disk!.since_ms - mailbox!.since_ms).toBe(limits.raise_ms);
  });

  test('a day of a cut cable, told by other codes at each try, is one alarm; a refused log-in is another', async () => {
    const { show, alarms, mails } = world();
    const codes = ['transport-connect-failed', 'transport-host-unknown', 'transport-timed-out'];
    for (let hour = 0; hour < 24; hour++) await show([broken('mailbox', codes[hour % 3])], minutes(60));
    expect(alarms().standing()).toHaveLength(1);
    expect(mails).toHaveLength(1);
    await show([broken('mailbox', 'transport-auth-failed')], minutes(60));
    // The line is there again, but the mailbox is not in order: only what is wrong now is told.
    expect(mails.slice(1)).toMatchObject([{ begun: ['mailbox'], over: [] }]);
    expect(alarms().standing()).toMatchObject([{ code: 'transport-auth-failed' }]);
  });

  test('there are no more than a bound, whatever goes wrong', async () => {
    const { show, alarms } = world();
    const many = Array.from({ length: 2 * limits.standing }, (_, n) => broken(`key-${n}`));
    await show(many, minutes(2));
    expect(alarms().standing()).toHaveLength(limits.standing);
    await show([], minutes(30));
    expect(alarms().standing()).toEqual([]);
    expect(alarms().past()).toHaveLength(limits.past);
  });
});

describe('when it is over', () => {
  test('F75: a line that comes and goes a hundred times is one alarm, one mail, and one at the end', async () => {
    const { show, alarms, mails } = world();
    await show([broken('mailbox')], minutes(2));
    for (let n = 0; n < 100; n++) {
      await show([sign('mailbox')], minutes(1));
      await show([broken('mailbox')], minutes(1));
    }
    expect([alarms().standing().length, alarms().past().length]).toEqual([1, 0]);
    expect(mails).toMatchObject([{ begun: ['mailbox'], over: [] }]);
    await show([sign('mailbox')], minutes(12));
    expect(mails.slice(1)).toMatchObject([{ begun: [], over: ['mailbox'] }]);
    await show([sign('mailbox')], minutes(600));
    expect(mails).toHaveLength(2);
  });

  test('one that comes and goes so slowly that it is over in between: it is called over ever later', async () => {
    const { show, alarms, mails } = world();
    for (let n = 0; n < 100; n++) {
      await show([broken('mailbox')], minutes(2));
      await show([sign('mailbox')], minutes(12));
    }
    expect(alarms().past().length).toBeLessThan(3);
    expect(mails.length).toBeLessThan(6);
  });

  test('while the box does not work, nothing that it alone can see is over', async () => {
    const { show, alarms, mails } = world();
    await show([broken('target-pacs'), broken('disk')], minutes(2));
    await show([sign('disk')], minutes(60), false);
    expect(alarms().standing()).toMatchObject([{ light: 'target-pacs' }]);
    expect(alarms().past()).toMatchObject([{ light: 'disk' }]);
    // The target was struck off meanwhile.
    await show([sign('disk')], minutes(20));
    expect(alarms().standing()).toEqual([]);
    expect(mails.map(({ over }) => over)).toEqual([[], ['disk'], ['target-pacs']]);
  });

  test('a key that is about to end, and then ends: both are told, and that it is renewed once', async () => {
    const { show, mails } = world();
    const key = (tone: 'ok' | 'warn' | 'fail') => sign('own-key', { tone, calls: 'act' });
    await show([key('warn')], minutes(60));
    await show([key('fail')], minutes(60));
    await show([key('ok')], minutes(60));
    expect(mails.map(({ begun, over }) => [begun.length, over.length])).toEqual([
      [1, 0],
      [1, 0],
      [0, 1],
    ]);
  });
});

describe('a restart', () => {
  test('in the middle keeps the alarm, its beginning, and who was told', async () => {
    const { show, restart, alarms, mails } = world();
    await show([broken('mailbox')], minutes(5));
    const [before] = alarms().standing();
    for (let n = 0; n < 5; n++) {
      await restart();
      // As after each start: nothing has been looked at yet.
      await show([], EVERY_MS, false);
      await show([broken('mailbox')], minutes(12));
    }
    expect(alarms().standing()).toEqual([{ ...before, told: 1 }]);
    expect(mails).toHaveLength(1);
    await restart();
    await show([sign('mailbox')], minutes(30));
    await restart();
    await show([sign('mailbox')], minutes(30));
    expect(mails.map(({ over }) => over)).toEqual([[], ['mailbox']]);
  });

  test('what was raised and not told is told after it', async () => {
    const { show, restart, mails, refuse } = world();
    refuse(() => refusing('transport-connect-failed'));
    await show([broken('mailbox')], minutes(2));
    await restart();
    refuse(null);
    await show([broken('mailbox')], minutes(3));
    expect(mails).toMatchObject([{ begun: ['mailbox'] }]);
  });
});

describe('mails', () => {
  test('what breaks by one cause is in one mail; the next waits some minutes', async () => {
    const { show, mails } = world();
    const first = [broken('mailbox'), broken('mail-server'), broken('target-pacs')];
    await show(first, minutes(1));
    const all = [...first, broken('clock')];
    await show(all, minutes(5));
    expect(mails).toMatchObject([{ begun: ['mailbox', 'mail-server', 'target-pacs', 'clock'] }]);
    await show([...all, sign('disk', { tone: 'fail', code: 'disk-full', calls: 'now' })], minutes(1));
    expect(mails).toHaveLength(1);
    await show([...all, sign('disk', { tone: 'fail', code: 'disk-full', calls: 'now' })], limits.gap_ms);
    expect(mails[1]).toMatchObject({ begun: ['disk'], still: ['mailbox', 'mail-server', 'target-pacs', 'clock'] });
  });

  test('F75: the mail server is away for two days: one mail when it is back, with beginning and end', async () => {
    const { show, mails, refuse, tries, clock } = world();
    const began_ms = clock.now() + EVERY_MS;
    refuse(() => refusing('transport-connect-failed'));
    await show([broken('mail-server'), broken('mailbox')], minutes(60));
    await show([broken('mail-server'), broken('mailbox'), broken('target-pacs')], minutes(47 * 60));
    // Some 15 minutes between two tries: no storm.
    expect(tries()).toBeLessThan(300);
    refuse(null);
    const back_ms = clock.now() + EVERY_MS;
    const fine = ['mail-server', 'mailbox', 'target-pacs'].map((id) => sign(id));
    await show(fine, minutes(40));
    expect(mails).toHaveLength(1);
    expect(mails[0]!.begun).toEqual([]);
    expect(mails[0]!.over.toSorted()).toEqual(['mail-server', 'mailbox', 'target-pacs']);
    const mailbox = mails[0]!.news.over.find(({ light }) => light === 'mailbox')!;
    expect([mailbox.since_ms, mailbox.until_ms]).toEqual([began_ms, back_ms]);
    await show(fine, minutes(600));
    expect(mails).toHaveLength(1);
  });

  test('the lights turn green some minutes after the mail server is back: still one mail', async () => {
    const { show, mails, refuse, tries } = world();
    refuse(() => refusing('transport-connect-failed'));
    await show([broken('mail-server')], minutes(120));
    refuse(null);
    for (const before = tries(); tries() === before; ) await show([broken('mail-server')]);
    await show([broken('mail-server')], minutes(3));
    await show([sign('mail-server')], minutes(60));
    expect(mails).toMatchObject([{ begun: [], over: ['mail-server'] }]);
  });

  test('the mail server is back, and others than our mails still do not go: that is told, a little later', async () => {
    const { show, mails, refuse } = world();
    refuse(() => refusing('transport-connect-failed'));
    await show([broken('mail-server')], minutes(120));
    refuse(null);
    await show([broken('mail-server')], minutes(60));
    expect(mails).toMatchObject([{ begun: ['mail-server'], over: [] }]);
  });

  test('F35: a refused log-in is not tried again and again, however many are to be told', async () => {
    const addresses = Array.from({ length: 10 }, (_, n) => `it${n}@klinik.example`);
    const { show, refuse, tries, mails } = world({ addresses });
    refuse(() => refusing('transport-auth-failed'));
    await show([broken('mailbox', 'transport-auth-failed')], minutes(60));
    expect(tries()).toBeLessThan(6);
    refuse(null);
    await show([broken('mailbox', 'transport-auth-failed')], minutes(60));
    expect(mails.map(({ to }) => to).toSorted()).toEqual(addresses);
  });

  test('one address that is refused keeps none from the others; it gets what it missed', async () => {
    const { show, mails, refuse } = world({ addresses: ['weg@klinik.example', 'it@klinik.example'] });
    refuse((to) => (to.startsWith('weg') ? refusing('transport-recipient-refused') : null));
    await show([broken('mailbox')], minutes(30));
    await show([sign('mailbox')], minutes(30));
    expect(mails.map(({ to, begun, over }) => [to, begun.length, over.length])).toEqual([
      ['it@klinik.example', 1, 0],
      ['it@klinik.example', 0, 1],
    ]);
    refuse(null);
    await show([sign('mailbox')], minutes(60));
    expect(mails.slice(2)).toMatchObject([{ to: 'weg@klinik.example', begun: [], over: ['mailbox'] }]);
  });

  test('nobody is to be told: whoever is to be from now on hears of what stands, not of what has passed', async () => {
    const { show, mails, addresses } = world();
    const [it] = addresses.splice(0);
    await show([broken('mailbox'), broken('clock')], minutes(20));
    await show([sign('mailbox'), broken('clock')], minutes(20));
    addresses.push(it!);
    await show([sign('mailbox'), broken('clock')], minutes(20));
    expect(mails).toMatchObject([{ begun: ['clock'], over: [] }]);
  });
});

test('a disk that takes nothing keeps no alarm from being raised and told; it is written once the disk takes it', async () => {
  const folder = temporaryFolder();
  const real = openDesk(folder);
  onTestFinished(() => real.close());
  let isFull = true;
  const put: typeof real.alarms.put = (...given) => {
    if (isFull) throw new Error('database or disk is full');
    real.alarms.put(...given);
  };
  const told: News[] = [];
  const post: Post = {
    ...{ addresses: ['it@klinik.example'], language: 'de', reach: async () => {} },
    send: async (_, news) => void told.push(news),
  };
  const clock = manualClock();
  let look: (look: Look) => void = () => {};
  const onLook = (heard: typeof look) => {
    look = heard;
    return () => {};
  };
  const alarms = keepAlarms({
    ...{ health: { onLook }, clock, log: silentLog, post: async () => post },
    table: { ...real.alarms, put } as ReturnType<typeof alarmTable>,
  });
  const signs = [sign('disk', { tone: 'fail', code: 'disk-full', calls: 'now' })];
  for (let n = 0; n < 5; n++) {
    look({ signs, isWhole: true });
    await alarms.told();
    clock.advance(EVERY_MS);
  }
  expect(told).toHaveLength(1);
  expect(real.alarms.standing()).toEqual([]);
  isFull = false;
  look({ signs, isWhole: true });
  await alarms.stop();
  expect(real.alarms.standing()).toMatchObject([{ light: 'disk', told: 1 }]);
});

test('a mail says what, since when, until when, why and what to do, in both languages, in one subject line', () => {
  const alarm: Alarm = {
    ...{ id: 'a', light: 'disk', matter: 'fail operator', tone: 'fail', code: 'disk-full', urgent: true, link: null },
    ...{ title: { de: 'Speicherplatz', en: 'Disk' }, words: { de: 'Es ist voll.', en: 'It is full.' } },
    ...{ since_ms: Date.UTC(2026, 10, 20, 8), until_ms: null, times: 3, told: 0 },
  };
  const over = { ...alarm, id: 'b', title: { de: 'Postfach', en: 'Mailbox' }, until_ms: alarm.since_ms + 60_000 };
  const news = { begun: [alarm], over: [over], still: [] };
  const de = letterOf(news, { site: 'Klinik am See', language: 'de' });
  expect(de.subject).toBe('Rohrpost Klinik am See: Speicherplatz und 1 weitere');
  expect(de.text).toMatch(/Neu aufgetreten\n-+\n\* Speicherplatz, seit 20\.11\.2026.* \(zum 3\. Mal in Folge\)/);
  expect(de.text).toContain('  Es ist voll. [disk-full]\n  Was zu tun ist: Bitte Platz schaffen');
  expect(de.text).toMatch(/Wieder in Ordnung\n-+\n\* Postfach, von 20\.11\.2026.* bis 20\.11\.2026/);
  const en = letterOf({ begun: [], over: [over], still: [alarm] }, { site: 'Klinik am See', language: 'en' });
  expect(en.subject).toBe('Rohrpost Klinik am See: in order again: Mailbox');
  expect(en.text).toMatch(/Still open\n-+\n\* Disk, since Nov 20, 2026/);
  expect(en.text).not.toContain('What to do');
});
