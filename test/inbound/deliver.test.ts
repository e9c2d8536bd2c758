import { describe, expect, test } from 'vitest';
import { RohrpostError } from '../../src/core/errors.ts';
import { eventually } from '../support/line.ts';
import { testSettings } from '../support/settings.ts';
import { classic, image, inbox, pdf } from './world.ts';

const images = (n: number) => Array.from({ length: n }, (_, index) => image(index + 1));
const batch = (n: number) => ({
  ...{
    from: 'klinik',
    messageId: '<b@klinik.example>',
    set: { setId: 'set-1', part: 1, total: 1 },
    contents: images(n),
  },
});
const pacs = (id: string) => ({ id, kind: 'dicom', host: '127.0.0.1', port: 104, ae_title: id.toUpperCase() });

describe('to a PACS', () => {
  test('one trip for all items of a study; the receipt once all are finished', async () => {
    const box = inbox();
    await box.receive(batch(40));
    expect(box.trips).toEqual([40]);
    expect(box.delivered).toHaveLength(40);
    expect(box.answered).toEqual([
      { to: 'klinik', original: '<b@klinik.example>', disposition: 'displayed', code: null },
    ]);
  });

  // Out of resources; cannot understand; processing failure (PS3.4 Table B.2-1, PS3.7 Annex C): a PACS may think otherwise later.
  test.each([0xa700, 0xc000, 0x0110])(
    'F60: 31 of 100 refused for now (%i): 99 delivered, the set not yet, that one tried again, then all answered once',
    async (status) => {
      const box = inbox();
      box.state.pacs = (sop) => (sop.endsWith('.31') ? { kind: 'refused', status } : { kind: 'accepted' });
      await box.receive(batch(100));
      expect(box.delivered).toHaveLength(99);
      expect(box.set().state).toBe('admitted');
      expect(box.answered).toEqual([]);
      box.state.pacs = () => ({ kind: 'accepted' });
      await box.pass(60_000);
      expect(box.trips).toEqual([100, 1]);
      expect(new Set(box.delivered).size).toBe(100);
      expect(box.delivered).toHaveLength(100);
      expect(box.set().state).toBe('delivered');
      expect(box.answered).toHaveLength(1);
    },
  );

  test.each([0xa900, 0xa901, 0x0122, 0x0124])(
    'F60: status %i says never: refused at once, with the status; the sender gets a warning',
    async (status) => {
      const box = inbox();
      box.state.pacs = (sop) =>
        sop.endsWith('.2') ? { kind: 'refused', status, comment: 'no' } : { kind: 'accepted' };
      await box.receive(batch(3));
      expect(box.delivered).toHaveLength(2);
      expect(box.answered).toEqual([
        { to: 'klinik', original: '<b@klinik.example>', disposition: 'displayed/warning', code: 'deliver-refused' },
      ]);
      const [trouble] = box.store.overview.troubles(5);
      expect(trouble).toMatchObject({ entity: 'delivery', state: 'refused', code: 'deliver-refused' });
      expect(trouble!.reason).toContain(status.toString(16).padStart(4, '0'));
    },
  );

  test('F60: "not now" eight times is a no; hours without a network before it do not count', async () => {
    const box = inbox();
    box.state.away = new RohrpostError('dicom-connect-failed' as never, { details: { reason: 'refused' } });
    await box.receive(batch(1));
    for (let n = 0; n < 20; n++) await box.pass(20 * 60_000);
    box.state.away = null;
    box.state.pacs = () => ({ kind: 'refused', status: 0xa700 });
    for (let n = 0; n < 7; n++) await box.pass(20 * 60_000);
    expect(box.answered, 'after seven refusals').toEqual([]);
    await box.pass(20 * 60_000);
    expect(box.answered).toMatchObject([{ disposition: 'displayed/warning', code: 'deliver-refused' }]);
  });

  test('F61: no context for one SOP class: that one refused with a clear word, the others delivered', async () => {
    const box = inbox();
    box.state.pacs = (sop) => (sop.endsWith('.2') ? { kind: 'no-context' } : { kind: 'accepted' });
    await box.receive(batch(3));
    expect(box.delivered).toHaveLength(2);
    expect(box.answered).toMatchObject([{ disposition: 'displayed/warning', code: 'deliver-no-context' }]);
  });

  test('F62: the answer was lost: the same object again, counted once', async () => {
    const box = inbox();
    box.state.pacs = () => ({ kind: 'unknown' });
    await box.receive(batch(1));
    box.state.pacs = () => ({ kind: 'accepted' });
    await box.pass(60_000);
    expect(box.delivered).toEqual(['pacs 1.2.3.1.1.1', 'pacs 1.2.3.1.1.1']);
    expect(box.store.deliveries.deliveredItems(box.study().id, 'pacs')).toHaveLength(1);
    expect(box.answered).toHaveLength(1);
  });

  test('a warning status counts as delivered, and is remembered', async () => {
    const box = inbox();
    box.state.pacs = () => ({ kind: 'warning', status: 0xb000 });
    await box.receive(batch(1));
    const [item] = box.store.items.ofStudy(box.study().id);
    expect(box.store.deliveries.ofItem(item!.id)).toMatchObject([{ state: 'delivered', status: 0xb000 }]);
    expect(box.answered).toMatchObject([{ disposition: 'displayed' }]);
  });

  test('the target is away: nothing lost, all come again together in one trip', async () => {
    const box = inbox();
    box.state.away = new RohrpostError('timed-out', { details: { timeout_ms: 1, what: 'pacs' } });
    await box.receive(batch(30));
    box.state.away = null;
    box.trips.length = 0;
    for (let n = 0; n < 10 && box.delivered.length < 30; n++) await box.pass(1_000);
    expect(box.trips).toEqual([30]);
  });

  test('F64: the association is rejected: held for a person, nothing thrown away', async () => {
    const box = inbox();
    box.state.away = new RohrpostError('deliver-target-gone', { details: { target: 'pacs' } });
    await box.receive(batch(3));
    expect(box.store.overview.troubles(9).map(({ state }) => state)).toEqual(['held', 'held', 'held']);
    expect(box.answered).toEqual([]);
  });

  test('a target that was removed from the settings holds its deliveries', async () => {
    const box = inbox();
    box.state.away = new RohrpostError('timed-out', { details: { timeout_ms: 1, what: 'pacs' } });
    await box.receive(batch(1));
    box.state.settings = testSettings({ targets: [] });
    await box.pass(60_000);
    expect(box.store.overview.troubles(9)).toMatchObject([{ state: 'held', code: 'deliver-target-gone' }]);
  });

  test('two targets: each gets all, one that is away does not hold up the other; the answer waits for both', async () => {
    const box = inbox({ targets: [pacs('pacs'), pacs('archive')] });
    box.state.pacs = (_, target) => (target === 'archive' ? { kind: 'refused', status: 0xa700 } : { kind: 'accepted' });
    await box.receive(batch(2));
    expect(box.delivered.sort()).toEqual(['pacs 1.2.3.1.1.1', 'pacs 1.2.3.1.1.2']);
    expect(box.answered).toEqual([]);
    box.state.pacs = () => ({ kind: 'accepted' });
    await box.pass(60_000);
    expect(box.delivered).toHaveLength(4);
    expect(box.answered).toMatchObject([{ disposition: 'displayed' }]);
  });

  test('a partner’s own targets, else the default ones', async () => {
    const targets = [pacs('pacs'), { ...pacs('archive'), default: false }];
    const box = inbox({ partners: [{ id: 'klinik', targets: ['archive'] }, { id: 'praxis' }], targets });
    await box.receive(...classic([image(1)]), ...classic([image(2, { study: '1.2.9' })], { from: 'praxis' }));
    expect(box.delivered).toEqual(['archive 1.2.3.1.1.1', 'pacs 1.2.3.1.1.2']);
  });

  test('F63: killed between the target’s answer and our commit: repeated under the same UID, answered once', async () => {
    const box = inbox();
    box.state.hangs = true;
    await box.arrive(batch(2));
    await eventually(async () => {
      await box.quiet();
      expect(box.delivered).toHaveLength(1);
    });
    box.state.hangs = false;
    await box.kill();
    expect(box.delivered).toEqual(['pacs 1.2.3.1.1.1', 'pacs 1.2.3.1.1.1', 'pacs 1.2.3.1.1.2']);
    expect(box.store.deliveries.deliveredItems(box.study().id, 'pacs')).toHaveLength(2);
    expect(box.answered).toHaveLength(1);
  });

  test('a classic set of 100 mails: all delivered, each answered', async () => {
    const box = inbox();
    for (const mail of classic(images(100))) await box.arrive(mail);
    await box.pass();
    expect(box.set().state).toBe('delivered');
    expect(new Set(box.delivered).size).toBe(100);
    expect(box.answered).toHaveLength(100);
  });
});

describe('to a share', () => {
  const share = { id: 'share', kind: 'folder', path: '/tmp/unused', folder_pattern: '{study_uid}/{series}' };
  const markers = (box: ReturnType<typeof inbox>) =>
    [...box.share]
      .filter(([name]) => name.endsWith('FINISHED.txt'))
      .map(([name, text]) => `${name} ${/files (\d+)/.exec(text)![1]}`);

  test('names are made of identifiers; the marker comes last, in every folder, with its number of files', async () => {
    const box = inbox({ targets: [share] });
    await box.receive(...classic([image(1), image(2), image(3, { series: '1.2.3.1.2' }), pdf('../../etc/passwd')]));
    expect(markers(box).sort()).toEqual([
      '1.2.3.1/1.2.3.1.1/FINISHED.txt 2',
      '1.2.3.1/1.2.3.1.2/FINISHED.txt 1',
      '1.2.3.1/documents/FINISHED.txt 1',
    ]);
    expect([...box.share.keys()].join()).not.toMatch(/passwd|TEST-0001/);
    expect([...box.share.keys()].at(-1)).toContain('FINISHED');
  });

  test('late images: the marker tells the new number', async () => {
    const box = inbox({ targets: [share] });
    await box.receive(...classic([image(1), image(2)]));
    await box.receive(...classic([image(3)], { setId: 'set-2' }));
    expect(markers(box)).toEqual(['1.2.3.1/1.2.3.1.1/FINISHED.txt 3']);
  });

  test('F66: the share goes away in the middle: what is there stays, the rest is tried again, then the marker', async () => {
    const box = inbox({ targets: [share] });
    box.state.putFails = (name) => name.endsWith('.3.dcm');
    await box.receive(batch(5));
    // A few files are under way at once; what came after the failure was not begun.
    const there = [...box.share.keys()];
    expect(there.some((name) => name.endsWith('.3.dcm') || name.endsWith('.5.dcm'))).toBe(false);
    expect(there.length).toBeGreaterThanOrEqual(2);
    expect(markers(box)).toEqual([]);
    box.state.putFails = () => false;
    await box.pass(60_000);
    expect(markers(box)).toEqual(['1.2.3.1/1.2.3.1.1/FINISHED.txt 5']);
    expect(box.answered).toHaveLength(1);
  });

  test('two trips of one study that end in the same moment: the later of them writes the marker', async () => {
    const box = inbox({ targets: [share] });
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    box.state.beforePut = () => gate;
    await box.arrive(classic([image(1)])[0]!);
    await box.quiet();
    await box.arrive(classic([image(2)], { setId: 'set-2' })[0]!);
    await box.quiet();
    open();
    await box.pass();
    expect(box.answered).toHaveLength(2);
    expect(markers(box)).toEqual(['1.2.3.1/1.2.3.1.1/FINISHED.txt 2']);
  });

  test('F66: something else lies under the name of a file: it stays, and people are to be told', async () => {
    const box = inbox({ targets: [share] });
    box.share.set('1.2.3.1/1.2.3.1.1/1.2.3.1.1.2.dcm', 'of somebody else');
    await box.receive(batch(2));
    expect(Object.fromEntries(box.share)).toMatchObject({
      '1.2.3.1/1.2.3.1.1/1.2.3.1.1.2.dcm': 'of somebody else',
      '1.2.3.1/1.2.3.1.1/beside-1.2.3.1.1.2.dcm': expect.stringContaining('pixels of 2'),
    });
    expect(box.renamed).toEqual(['share']);
    expect(box.answered).toHaveLength(1);
  });

  test('F66: a marker that cannot be written is tried again', async () => {
    const box = inbox({ targets: [share] });
    box.state.markerFails = true;
    await box.receive(batch(2));
    expect(box.answered).toEqual([]);
    box.state.markerFails = false;
    await box.pass(60_000);
    expect(markers(box)).toEqual(['1.2.3.1/1.2.3.1.1/FINISHED.txt 2']);
    expect(box.answered).toHaveLength(1);
  });
});

describe('receipts', () => {
  test('to partners whose profile lets us, and only where one was asked for', async () => {
    const silent = inbox({ partners: [{ id: 'klinik', receipts: { send: 'none' } }] });
    await silent.receive(batch(1));
    expect(silent.answered).toEqual([]);
    const unasked = inbox();
    await unasked.receive({ ...batch(1), receiptTo: false });
    expect(unasked.answered).toEqual([]);
    expect(unasked.set().state).toBe('delivered');
  });

  test('the mail server is away: the receipt is sent later, and once', async () => {
    const box = inbox();
    box.state.mailServer = () => 'later';
    await box.receive(batch(1));
    expect(box.answered).toEqual([]);
    box.state.mailServer = () => 'accepted';
    await box.pass(60_000);
    await box.pass(3_600_000);
    expect(box.answered).toHaveLength(1);
    expect(box.files('work')).toEqual([]);
  });

  test('an answer that changes while the old one waits: only the newer leaves', async () => {
    const box = inbox();
    box.state.mailServer = () => 'later';
    await box.receive({ ...batch(1), damaged: 'pgp-truncated' });
    await box.receive(batch(1));
    box.state.mailServer = () => 'accepted';
    await box.pass(60_000);
    expect(box.answered).toMatchObject([{ disposition: 'displayed' }]);
  });
});
