import { describe, expect, test } from 'vitest';
import { lineLimits, mailLimits } from '../../src/core/limits.ts';
import { testSettings } from '../support/settings.ts';
import { classic, type FakeMail, image, inbox, pdf } from './world.ts';

const three = () => classic([image(1), image(2), image(3)]);
const sops = (...numbers: number[]) => numbers.map((n) => `pacs 1.2.3.1.1.${n}`);

describe('parts of a set', () => {
  test.each([[[1, 2, 3]], [[1, 3, 2]], [[2, 1, 3]], [[2, 3, 1]], [[3, 1, 2]], [[3, 2, 1]]])(
    'F46: in the order %o: waits, then delivered whole, each part answered',
    async (order) => {
      const box = inbox();
      const mails = three();
      await box.receive(mails[order[0]! - 1]!, mails[order[1]! - 1]!);
      expect(box.set().state).toBe('waiting');
      expect(box.delivered).toEqual([]);
      expect(box.answered).toEqual([]);
      await box.receive(mails[order[2]! - 1]!);
      expect(box.set().state).toBe('delivered');
      expect(box.delivered.sort()).toEqual(sops(1, 2, 3));
      expect(box.answered.map(({ original, disposition }) => `${original} ${disposition}`).sort()).toEqual(
        mails.map(({ messageId }) => `${messageId} displayed`),
      );
    },
  );

  test('F46: two sets interleaved, of two partners, under the same set id', async () => {
    const box = inbox({ partners: [{ id: 'klinik' }, { id: 'praxis' }] });
    const a = classic([image(1), image(2)]);
    const other = { study: '1.2.9', series: '1.2.9.1', patient: 'TEST-0002' };
    const b = classic([image(7, other), image(8, other)], { from: 'praxis' });
    await box.receive(a[0]!, b[1]!, b[0]!);
    expect(box.set('set-1', 'praxis').state).toBe('delivered');
    expect(box.set().state).toBe('waiting');
    await box.receive(a[1]!);
    expect(box.set().state).toBe('delivered');
    expect(box.delivered).toHaveLength(4);
  });

  test('nothing is left over: no mail file, no decrypted file, one file for each item', async () => {
    const box = inbox();
    await box.receive(...three());
    expect(box.files('inbox')).toEqual([]);
    expect(box.files('work')).toEqual([]);
    expect(box.files('instances')).toHaveLength(3);
  });

  test('F45: the same mail twice (provider duplicate): one part, answered again in case the answer was lost', async () => {
    const box = inbox();
    const [mail] = classic([image(1)]);
    await box.receive(mail!, mail!, mail!);
    expect(box.delivered).toEqual(sops(1));
    expect(box.answered).toHaveLength(3);
    expect(new Set(box.answered.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(box.files('inbox')).toEqual([]);
  });

  test('F45: a repeat that comes before the set is whole changes nothing and is answered once', async () => {
    const box = inbox();
    const mails = three();
    await box.receive(mails[0]!, mails[0]!, mails[1]!, mails[1]!, mails[2]!);
    expect(box.delivered.sort()).toEqual(sops(1, 2, 3));
    expect(box.answered).toHaveLength(3);
  });

  test('F45: the same part under another Message-ID: one part, the answer names the newer mail', async () => {
    const box = inbox();
    const [mail] = classic([image(1)]);
    await box.receive(mail!, { ...mail!, messageId: '<again@klinik.example>' });
    expect(box.delivered).toEqual(sops(1));
    expect(box.answered.map(({ original }) => original)).toEqual([mail!.messageId, '<again@klinik.example>']);
    expect(box.files('instances')).toHaveLength(1);
  });

  test('F49: the same part with other content: the set is quarantined, nothing of it delivered, the sender told', async () => {
    const box = inbox();
    const mails = three();
    const forged = { ...mails[0]!, messageId: '<other@klinik.example>', contents: [image(1, { bytes: 'other' })] };
    await box.receive(mails[0]!, forged, mails[1]!, mails[2]!);
    expect(box.set()).toMatchObject({ state: 'quarantined', code: 'set-contradiction' });
    expect(box.delivered).toEqual([]);
    expect(box.answered).toEqual([
      { to: 'klinik', original: '<other@klinik.example>', disposition: 'deleted', code: 'set-contradiction' },
    ]);
  });

  test('F49: a contradiction that comes after the set was delivered: refused itself, what is delivered stays', async () => {
    const box = inbox();
    const [mail] = classic([image(1)]);
    const forged = { ...mail!, messageId: '<other@klinik.example>', contents: [image(1, { bytes: 'other' })] };
    await box.receive(mail!, forged);
    expect(box.set().state).toBe('delivered');
    expect(box.delivered).toEqual(sops(1));
    expect(box.answered.at(-1)).toMatchObject({ disposition: 'deleted', original: '<other@klinik.example>' });
  });

  test('F49: a contradiction in a set that waits for a target quarantines it; it is not delivered later', async () => {
    const box = inbox({ targets: [] });
    const [mail] = classic([image(1)]);
    await box.receive(mail!);
    expect(box.set().state).toBe('held');
    await box.receive({ ...mail!, messageId: '<other@klinik.example>', contents: [image(1, { bytes: 'other' })] });
    expect(box.set()).toMatchObject({ state: 'quarantined', code: 'set-contradiction' });
  });

  test('F50: totals that differ: quarantined', async () => {
    const box = inbox();
    const mails = three();
    await box.receive(mails[0]!, { ...mails[1]!, set: { setId: 'set-1', part: 2, total: 2 } });
    expect(box.set()).toMatchObject({ state: 'quarantined', code: 'set-total-differs' });
    await box.receive(mails[2]!);
    expect(box.delivered).toEqual([]);
  });

  test('F47: a part that never comes: said after the time, again and again, and nothing partial delivered', async () => {
    const box = inbox();
    const mails = three();
    await box.receive(mails[0]!, mails[2]!);
    await box.pass(lineLimits.set_incomplete_ms - 1);
    expect(box.set().code).toBeNull();
    await box.pass(1);
    expect(box.set()).toMatchObject({ state: 'waiting', code: 'set-incomplete' });
    expect(box.set().reason).toContain('2 of 3');
    expect(box.set().due_ms).toBe(box.clock.steady() + lineLimits.set_incomplete_ms);
    await box.pass(30 * 86_400_000);
    expect(box.delivered).toEqual([]);
    await box.receive(mails[1]!);
    expect(box.set()).toMatchObject({ state: 'delivered', code: null });
  });

  test('F47: a person releases what has come; the rest follows when it comes', async () => {
    const box = inbox();
    const mails = three();
    await box.receive(mails[0]!, mails[2]!);
    box.release();
    await box.pass();
    expect(box.delivered.sort()).toEqual(sops(1, 3));
    expect(box.set().state).toBe('waiting');
    await box.receive(mails[1]!);
    expect(box.delivered.sort()).toEqual(sops(1, 2, 3));
    expect(box.set().state).toBe('delivered');
  });

  test('a mail without set fields is a set of one', async () => {
    const box = inbox();
    await box.receive({
      from: 'klinik',
      messageId: '<single@klinik.example>',
      set: null,
      contents: [image(1), image(2)],
    });
    expect(box.delivered.sort()).toEqual(sops(1, 2));
    expect(box.answered).toHaveLength(1);
  });

  test('F53: an unknown but old set waits for a person; released, it is delivered', async () => {
    const box = inbox();
    const [mail] = classic([image(1)]);
    await box.receive({ ...mail!, signedDaysAgo: 45 });
    const [row] = box.store.overview.troubles(10);
    expect(row).toMatchObject({ entity: 'mail', state: 'quarantined', code: 'set-replayed' });
    box.store.mails.setReleased(row!.id);
    box.store.mails.move(row!.id, { state: 'collected', due_ms: box.clock.steady() }, box.clock.now());
    await box.pass();
    expect(box.delivered).toEqual(sops(1));
  });

  test('F53: a replay of a known set is dropped, however old', async () => {
    const box = inbox();
    const [mail] = classic([image(1)]);
    await box.receive(mail!, { ...mail!, messageId: '<replayed@klinik.example>', signedDaysAgo: 400 });
    expect(box.delivered).toEqual(sops(1));
    expect(box.store.overview.troubles(10)).toEqual([]);
  });
});

describe('as it arrives (emergencies)', () => {
  const emergency = (more: object = {}) => inbox({ partners: [{ id: 'klinik', deliver: 'as_it_arrives' }], ...more });

  test('I6: each mail is delivered when it comes and answered by itself; the missing one is complained about', async () => {
    const box = emergency();
    const mails = three();
    await box.receive(mails[2]!);
    expect(box.delivered).toEqual(sops(3));
    expect(box.answered).toHaveLength(1);
    expect(box.set()).toMatchObject({ state: 'waiting', urgent: 1 });
    await box.receive(mails[0]!);
    expect(box.delivered).toEqual(sops(3, 1));
    await box.pass(15 * 60_000);
    expect(box.set()).toMatchObject({ state: 'waiting', code: 'set-incomplete' });
    await box.receive(mails[1]!);
    expect(box.set().state).toBe('delivered');
    expect(box.delivered).toEqual(sops(3, 1, 2));
    expect(box.answered).toHaveLength(3);
  });

  test('many mails at once, some while others are being admitted: none is left behind', async () => {
    const box = emergency();
    const mails = classic(Array.from({ length: 20 }, (_, n) => image(n)));
    await Promise.all(mails.map((mail) => box.arrive(mail)));
    await box.pass();
    await box.pass(60_000);
    expect(box.set().state).toBe('delivered');
    expect(new Set(box.delivered).size).toBe(20);
    expect(box.delivered).toHaveLength(20);
  });

  test('F57: a second patient in a later mail of the set: quarantined, not delivered beside the first', async () => {
    const box = emergency();
    const stranger = image(2, { study: '1.2.9', series: '1.2.9.1', patient: 'TEST-0002' });
    await box.receive(...classic([image(1), stranger]));
    expect(box.set()).toMatchObject({ state: 'quarantined', code: 'admit-two-patients' });
    expect(box.delivered).toEqual(sops(1));
  });
});

describe('patients and studies', () => {
  test('F57: two patients in one set: quarantined; a person may release it', async () => {
    const box = inbox();
    const stranger = image(2, { study: '1.2.9', series: '1.2.9.1', patient: 'TEST-0002' });
    await box.receive(...classic([image(1), stranger]));
    expect(box.set()).toMatchObject({ state: 'quarantined', code: 'admit-two-patients' });
    expect(box.delivered).toEqual([]);
    expect(box.answered).toEqual([]);
    box.release();
    await box.pass();
    expect(box.delivered).toHaveLength(2);
  });

  test('a known study under another patient: quarantined', async () => {
    const box = inbox();
    await box.receive(...classic([image(1)]));
    await box.receive(...classic([image(2, { patient: 'TEST-0002' })], { setId: 'set-2' }));
    expect(box.set('set-2')).toMatchObject({ state: 'quarantined', code: 'admit-patient-changed' });
    expect(box.delivered).toEqual(sops(1));
  });

  test('a known image with other bytes: quarantined, the first stays', async () => {
    const box = inbox();
    await box.receive(...classic([image(1)]));
    await box.receive(...classic([image(1, { bytes: 'other' }), image(2)], { setId: 'set-2' }));
    expect(box.set('set-2')).toMatchObject({ state: 'quarantined', code: 'admit-same-uid-other-bytes' });
    expect(box.delivered).toEqual(sops(1));
  });

  test('the same UID in two series is two images', async () => {
    const box = inbox();
    await box.receive(...classic([image(1), image(1, { series: '1.2.3.1.2', bytes: 'localizer' })]));
    expect(box.set().state).toBe('delivered');
    expect(box.delivered).toHaveLength(2);
  });

  test('an image that came in an earlier set is delivered once, and its part answered all the same', async () => {
    const box = inbox();
    await box.receive(...classic([image(1), image(2)]));
    await box.receive(...classic([image(2), image(3)], { setId: 'set-2' }));
    expect(box.delivered.sort()).toEqual(sops(1, 2, 3));
    expect(box.set('set-2').state).toBe('delivered');
    expect(box.answered).toHaveLength(4);
    expect(box.files('instances')).toHaveLength(3);
  });

  test('a repeated image whose first delivery still waits is answered when that is done', async () => {
    const box = inbox();
    box.state.pacs = () => ({ kind: 'refused', status: 0xa700 });
    await box.receive(...classic([image(1)]));
    await box.receive(...classic([image(1)], { setId: 'set-2' }));
    expect(box.answered).toEqual([]);
    box.state.pacs = () => ({ kind: 'accepted' });
    await box.pass(20 * 60_000);
    expect(box.answered.map(({ disposition }) => disposition)).toEqual(['displayed', 'displayed']);
    expect([box.set().state, box.set('set-2').state]).toEqual(['delivered', 'delivered']);
  });

  test('the same image twice in one set: delivered once', async () => {
    const box = inbox();
    await box.receive(...classic([image(1), image(1)]));
    expect(box.delivered).toEqual(sops(1));
    expect(box.set().state).toBe('delivered');
    expect(box.answered).toHaveLength(2);
  });

  test('two partners send the same study: kept apart, both delivered', async () => {
    const box = inbox({ partners: [{ id: 'klinik' }, { id: 'praxis' }] });
    await box.receive(...classic([image(1)]), ...classic([image(1)], { from: 'praxis' }));
    expect(box.delivered).toEqual([...sops(1), ...sops(1)]);
  });
});

describe('documents', () => {
  const folderTarget = { id: 'share', kind: 'folder', path: '/tmp/unused', folder_pattern: '{study_uid}/{series}' };
  const withShare = (more: object = {}) => inbox({ targets: [folderTarget], ...more });
  const documentStudy = (box: ReturnType<typeof inbox>) =>
    [...box.share.keys()].filter((name) => name.includes('document-')).map((name) => name.split('/')[0]);

  test('one that names a study of its set goes there', async () => {
    const box = withShare();
    const other = image(2, { study: '1.2.9', series: '1.2.9.1' });
    await box.receive(...classic([image(1), other, pdf('report', '1.2.9')]));
    expect(documentStudy(box)).toEqual(['1.2.9']);
  });

  test.each([
    ['none', ''],
    ['one nobody knows', '9.9.9'],
  ])('one that names %s goes to the only study of its set, whatever the order of the mails', async (_, named) => {
    for (const contents of [
      [pdf('report', named), image(1)],
      [image(1), pdf('report', named)],
    ]) {
      const box = withShare();
      await box.receive(...classic(contents));
      expect(documentStudy(box)).toEqual(['1.2.3.1']);
    }
  });

  test('one that names a study known from before goes there, not to the study it happens to travel with', async () => {
    const box = withShare();
    await box.receive(...classic([image(1)]));
    const other = { study: '1.2.9', series: '1.2.9.1', patient: 'TEST-0002' };
    await box.receive(...classic([image(7, other), pdf('report', '1.2.3.1')], { setId: 'set-2' }));
    expect(documentStudy(box)).toEqual(['1.2.3.1']);
  });

  test('one that comes before its images, in a set of its own, does not make them look like another patient’s', async () => {
    const box = withShare();
    await box.receive(...classic([pdf('report', '1.2.3.1')]));
    await box.receive(...classic([image(1)], { setId: 'set-2' }));
    await box.receive(...classic([image(2)], { setId: 'set-3' }));
    expect(box.store.overview.troubles(10)).toEqual([]);
    expect(box.study()).toMatchObject({ patient_id: 'TEST-0001', study_date: '20261120', modality: 'CT' });
  });

  test('the same document again is kept once', async () => {
    const box = withShare();
    await box.receive(...classic([image(1), pdf('report')]));
    await box.receive(...classic([image(2), pdf('report', '1.2.3.1')], { setId: 'set-2' }));
    expect(documentStudy(box)).toHaveLength(1);
    expect(box.set('set-2').state).toBe('delivered');
  });

  test('as it arrives: one that names nothing goes to the study its set has brought already', async () => {
    const box = withShare({ partners: [{ id: 'klinik', deliver: 'as_it_arrives' }] });
    await box.receive(...classic([image(1), pdf('report')]));
    expect(documentStudy(box)).toEqual(['1.2.3.1']);
  });

  test('beside a PACS, documents go to the share alone; with a PACS alone they are refused with a word', async () => {
    const pacs = { id: 'pacs', kind: 'dicom', host: '127.0.0.1', port: 104, ae_title: 'PACS' };
    const both = inbox({ targets: [pacs, folderTarget] });
    await both.receive(...classic([image(1), pdf('report')]));
    expect(both.delivered).toEqual(sops(1));
    expect(both.answered.map(({ disposition }) => disposition)).toEqual(['displayed', 'displayed']);
    const alone = inbox();
    await alone.receive(...classic([image(1), pdf('report')]));
    expect(alone.delivered).toEqual(sops(1));
    expect(alone.answered.map(({ disposition, code }) => `${disposition} ${code}`).sort()).toEqual([
      'displayed null',
      'displayed/warning deliver-documents-unsupported',
    ]);
    expect(alone.trips, 'no association for a document alone').toEqual([1]);
  });
});

describe('no target, no partner', () => {
  test('without a target: held; set up later and released: delivered', async () => {
    const box = inbox({ targets: [] });
    await box.receive(...classic([image(1)]));
    expect(box.set()).toMatchObject({ state: 'held', code: 'admit-no-target' });
    const pacs = { id: 'pacs', kind: 'dicom', host: '127.0.0.1', port: 104, ae_title: 'PACS' };
    box.state.settings = testSettings({ targets: [pacs] });
    box.store.sets.move(box.set().id, { state: 'ready', due_ms: 0 }, box.clock.now());
    await box.pass();
    expect(box.delivered).toEqual(sops(1));
    expect(box.set().state).toBe('delivered');
  });

  test('the partner was removed while its set waited: held with that reason, nothing delivered', async () => {
    const box = inbox({ targets: [] });
    await box.receive(...classic([image(1)]));
    const pacs = { id: 'pacs', kind: 'dicom', host: '127.0.0.1', port: 104, ae_title: 'PACS' };
    box.state.settings = testSettings({ partners: [], targets: [pacs] });
    box.store.sets.move(box.set().id, { state: 'ready', due_ms: 0 }, box.clock.now());
    await box.pass();
    expect(box.set()).toMatchObject({ state: 'held', code: 'partner-gone' });
    expect(box.delivered).toEqual([]);
  });
});

describe('fragments', () => {
  const whole = () => classic([image(1)])[0]!;
  const cut = (n: number, o: { total?: 'all' | 'last'; mail?: FakeMail; from?: string } = {}): FakeMail[] => {
    const text = JSON.stringify(o.mail ?? whole());
    const size = Math.ceil(text.length / n);
    return Array.from({ length: n }, (_, index) => ({
      from: o.from ?? 'klinik',
      messageId: `<fragment.${index + 1}.${text.length}@klinik.example>`,
      fragment: {
        id: 'cut-1',
        number: index + 1,
        total: o.total === 'all' || index === n - 1 ? n : null,
        text: text.slice(index * size, (index + 1) * size),
      },
    }));
  };

  test.each([[[1, 2, 3]], [[3, 2, 1]], [[2, 3, 1]], [[3, 1, 2]]])(
    'in the order %o: joined and opened',
    async (order) => {
      const box = inbox();
      const pieces = cut(3);
      await box.receive(...order.map((n) => pieces[n - 1]!));
      expect(box.delivered).toEqual(sops(1));
      expect(box.answered).toEqual([
        { to: 'klinik', original: whole().messageId, disposition: 'displayed', code: null },
      ]);
      expect(box.files('inbox')).toEqual([]);
    },
  );

  test('all at the same moment: joined once', async () => {
    const box = inbox();
    await Promise.all(cut(6, { total: 'all' }).map((mail) => box.arrive(mail)));
    await box.pass();
    expect(box.delivered).toEqual(sops(1));
    expect(box.answered).toHaveLength(1);
  });

  test('a repeated fragment does no harm, before and after the joining', async () => {
    const box = inbox();
    const pieces = cut(3);
    await box.receive(pieces[0]!, pieces[0]!, pieces[1]!, pieces[2]!, pieces[1]!);
    expect(box.delivered).toEqual(sops(1));
    expect(box.files('inbox')).toEqual([]);
  });

  test('a mail that was sealed anew: of two with one number the later counts', async () => {
    const box = inbox();
    const old = cut(2, { mail: { ...whole(), contents: [image(9)] } });
    await box.receive(old[0]!, ...cut(2));
    expect(box.delivered).toEqual(sops(1));
    expect(box.files('inbox')).toEqual([]);
  });

  test('the same id of two partners is two mails', async () => {
    const box = inbox({ partners: [{ id: 'klinik' }, { id: 'praxis' }] });
    const a = cut(2);
    const b = cut(2, { from: 'praxis', mail: { ...classic([image(5, { study: '1.2.9' })], { from: 'praxis' })[0]! } });
    await box.receive(a[0]!, b[1]!);
    expect(box.delivered).toEqual([]);
    await box.receive(a[1]!, b[0]!);
    expect(box.delivered).toHaveLength(2);
  });

  test('a fragment that never comes: after a week the others wait no longer', async () => {
    const box = inbox();
    const pieces = cut(3);
    await box.receive(pieces[0]!, { ...pieces[0]!, messageId: '<again@klinik.example>' }, pieces[2]!);
    await box.pass(mailLimits.fragment_age_ms - 1_000);
    expect(box.store.overview.troubles(10)).toEqual([]);
    await box.pass(2_000);
    const troubles = box.store.overview.troubles(10);
    expect(troubles.map(({ code }) => code)).toEqual(['open-fragments-missing', 'open-fragments-missing']);
    expect(box.files('inbox'), 'the repeated one is gone').toHaveLength(2);
  });
});
