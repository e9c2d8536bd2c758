import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Settings } from '../../src/config/schema.ts';
import { changesBetween, withChanges } from '../../src/web/page/pages/settings/changes.ts';
import { openWeb, type TestCaller, type TestWeb } from '../support/web.ts';

const PARTNER = { id: 'sued', name: 'Klinik Süd', address: 'radiologie@sued.example', ae_title: 'SUED' };

let web: TestWeb;
let admin: TestCaller;
beforeAll(async () => {
  web = await openWeb();
  admin = web.as('admin');
});
afterAll(() => web.stop());

const read = async () => (await admin.get('/api/settings')).body as { settings: Settings; revision: string };

/** Before each test the settings are those of a new box again. */
let first: Settings;
beforeEach(async () => {
  const { settings, revision } = await read();
  first ??= settings;
  await admin.put('/api/settings', { revision, settings: first });
});

const patch = async (changes: object[], more: object = {}) =>
  admin.patch('/api/settings', { revision: (await read()).revision, changes, ...more });

const lastAudit = () => web.premises.desk.audit.list({ limit: 1 })[0]!;

describe('changing', () => {
  test('single settings by their paths: an entry added, one setting of it changed, the entry removed', async () => {
    expect((await patch([{ path: 'partners.sued', value: PARTNER }])).body.settings.partners[0]).toMatchObject({
      ...PARTNER,
      hold: false,
    });
    await patch([{ path: 'partners.sued.hold', value: true }]);
    expect((await read()).settings.partners[0]!.hold).toBe(true);
    expect(lastAudit()).toMatchObject({
      ...{ act: 'settings-change', by: 'test-admin', details: { settings: 'partners.sued.hold' } },
    });
    await patch([{ path: 'partners.sued.hold', remove: true }]);
    expect((await read()).settings.partners[0]!.hold).toBe(false);
    const removed = await patch([{ path: 'partners.sued', remove: true }]);
    expect(removed.body.settings.partners).toEqual([]);
  });

  test('all or none: one change of three is wrong, nothing is changed, and the field is named in the caller’s language', async () => {
    const before = await read();
    const answer = await admin.patch(
      '/api/settings',
      {
        revision: before.revision,
        changes: [
          { path: 'site.name', value: 'Anders' },
          { path: 'dicom.port', value: 99_999 },
          { path: 'log.level', value: 'debug' },
        ],
      },
      { headers: { 'accept-language': 'de' } },
    );
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      code: 'config-invalid',
      problems: [{ path: ['dicom', 'port'], code: 'setting-integer' }],
    });
    expect(answer.body.problems[0].message).toContain('ganze Zahl von 0 bis 65535');
    expect(await read()).toEqual(before);
  });

  test('a path that leads nowhere, an entry that is not there, and no change at all', async () => {
    expect((await patch([{ path: '__proto__.x', value: 1 }])).body.code).toBe('setting-path-unfit');
    expect((await patch([{ path: 'partners.nobody.hold', value: true }])).body.code).toBe('id-unknown');
    expect((await patch([{ path: 'partners.a', value: { ...PARTNER, id: 'b' } }])).body.code).toBe('id-unknown');
    expect((await patch([])).status).toBe(200);
  });

  test('comments that somebody wrote into the file stay', async () => {
    const path = join(web.folder, 'settings.yaml');
    const box = web.premises.box()!;
    await writeFile(path, `${await readFile(path, 'utf8')}# Bitte nicht aendern: Wartung am 1.12.\n`);
    await box.settings.reload();
    await patch([{ path: 'site.name', value: 'Neu' }]);
    expect(await readFile(path, 'utf8')).toContain('Wartung am 1.12.');
  });

  test('a partner or target that is in use cannot be removed, and where is told', async () => {
    await patch([
      { path: 'targets.pacs', value: { id: 'pacs', kind: 'dicom', host: '127.0.0.1', ae_title: 'PACS' } },
      { path: 'partners.sued', value: { ...PARTNER, targets: ['pacs'] } },
      { path: 'routes.ct', value: { id: 'ct', when: { modality: 'CT' }, to: ['sued'] } },
    ]);
    const partner = await patch([{ path: 'partners.sued', remove: true }]);
    expect([partner.status, partner.body.code, partner.body.details]).toEqual([
      ...[409, 'id-in-use', { id: 'sued', users: 'ct' }],
    ]);
    const target = await patch([{ path: 'targets.pacs', remove: true }]);
    expect(target.body.details).toEqual({ id: 'pacs', users: 'sued' });
    const both = await patch([
      { path: 'routes.ct', remove: true },
      { path: 'partners.sued', remove: true },
    ]);
    expect(both.status).toBe(200);
  });
});

describe('two admins at once', () => {
  test('the second is told what the first changed, by whom, and how things are; nothing is lost', async () => {
    const start = await read();
    await admin.patch('/api/settings', {
      revision: start.revision,
      changes: [{ path: 'retention.done_days', value: 14 }],
    });
    const second = await admin.put('/api/settings', {
      revision: start.revision,
      settings: { ...start.settings, site: { ...start.settings.site, name: 'Zweite Fassung' } },
    });
    expect(second.status).toBe(409);
    expect(second.body).toMatchObject({
      code: 'config-stale',
      details: {
        revision: (await read()).revision,
        changed: [{ path: 'retention.done_days', before: 7, after: 14, by: 'test-admin' }],
        settings: { retention: { done_days: 14 } },
      },
    });
    // Their change on top of it.
    const again = await admin.patch('/api/settings', {
      revision: second.body.details.revision,
      changes: [{ path: 'site.name', value: 'Zweite Fassung' }],
    });
    expect(again.body.settings).toMatchObject({ site: { name: 'Zweite Fassung' }, retention: { done_days: 14 } });
  });

  test('a change by hand, in the file, is told too, and nobody is named for it', async () => {
    const start = await read();
    const path = join(web.folder, 'settings.yaml');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('name: Testpraxis', 'name: Von Hand'));
    const answer = await admin.patch('/api/settings', {
      revision: start.revision,
      changes: [{ path: 'log.level', value: 'debug' }],
    });
    expect(answer.body.details.changed).toMatchObject([
      { path: 'site.name', before: 'Testpraxis', after: 'Von Hand', by: null },
    ]);
  });

  test('a revision that the page does not know: what was changed is not guessed at', async () => {
    const answer = await admin.patch('/api/settings', {
      revision: 'old',
      changes: [{ path: 'site.name', value: 'x' }],
    });
    expect([answer.status, answer.body.details.changed]).toEqual([409, null]);
  });

  test('twenty at the same moment from the same revision: one wins, no password of it is lost', async () => {
    const { revision } = await read();
    const smtp = { host: 'mail.test.example', user: 'box', password: 'secret:mail-smtp' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        admin.patch('/api/settings', {
          revision,
          changes: [{ path: 'mail.smtp', value: { ...smtp, user: `box${n}` } }],
          secrets: { 'mail-smtp': `Geheim-${n}` },
        }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
    const user = (await read()).settings.mail.smtp!.user!;
    expect(await web.premises.secrets.get('mail-smtp')).toBe(`Geheim-${user.slice(3)}`);
  });
});

describe('passwords', () => {
  const smtp = { host: 'mail.test.example', user: 'box', password: 'secret:mail-smtp' };

  test('they go to the secret store, come back in no answer, and are forgotten with their last use', async () => {
    const saved = await patch([{ path: 'mail.smtp', value: smtp }], { secrets: { 'mail-smtp': 'Tr0ub4dor-1' } });
    expect(saved.status).toBe(200);
    const shown = await admin.get('/api/settings');
    expect(saved.text + shown.text).not.toContain('Tr0ub4dor');
    expect(shown.body.secrets).toContain('mail-smtp');
    expect(await web.premises.secrets.get('mail-smtp')).toBe('Tr0ub4dor-1');
    expect(JSON.stringify(web.premises.desk.audit.list({ limit: 50 }))).not.toContain('Tr0ub4dor');
    expect(lastAudit().details).toEqual({ settings: 'mail.smtp', passwords: 'mail-smtp' });
    await patch([{ path: 'mail.smtp', remove: true }]);
    expect(await web.premises.secrets.names()).not.toContain('mail-smtp');
    expect(await web.premises.secrets.names()).toContain('own-key');
  });

  test('a save that is refused leaves the old password in its place', async () => {
    await patch([{ path: 'mail.smtp', value: smtp }], { secrets: { 'mail-smtp': 'alt' } });
    const changes = [{ path: 'mail.smtp.port', value: 0 }];
    expect((await patch(changes, { secrets: { 'mail-smtp': 'neu' } })).status).toBe(400);
    expect(await web.premises.secrets.get('mail-smtp')).toBe('alt');
  });

  test('a password alone; one that no setting refers to is not kept, whatever its name', async () => {
    await patch([{ path: 'mail.smtp', value: smtp }], { secrets: { 'mail-smtp': 'alt' } });
    expect((await patch([], { secrets: { 'mail-smtp': 'neu', unused: 'x', 'No Name': 'y' } })).status).toBe(200);
    expect(await web.premises.secrets.get('mail-smtp')).toBe('neu');
    expect(await web.premises.secrets.names()).not.toContain('unused');
    expect(lastAudit().details).toEqual({ passwords: 'mail-smtp' });
  });

  test('a password in the settings themselves is refused and not repeated', async () => {
    const answer = await patch([{ path: 'mail.smtp', value: { ...smtp, password: 'Tr0ub4dor-2' } }]);
    expect(answer.body.problems).toMatchObject([{ path: ['mail', 'smtp', 'password'], code: 'setting-secret' }]);
    expect(answer.text).not.toContain('Tr0ub4dor');
  });
});

describe('who, and where nothing works', () => {
  test('an operator may read, nobody below an admin may change', async () => {
    const { revision } = await read();
    const body = { revision, changes: [{ path: 'site.name', value: 'x' }] };
    expect((await web.as('viewer').get('/api/settings')).status).toBe(403);
    expect((await web.as('operator').get('/api/settings')).status).toBe(200);
    expect((await web.as('operator').patch('/api/settings', body)).status).toBe(403);
    expect((await web.as('operator').put('/api/settings', { revision, settings: {} })).status).toBe(403);
    expect((await web.as(null).get('/api/settings')).status).toBe(401);
  });

  test('the schema has labels, and draws the form', async () => {
    const { body } = await web.as('operator').get('/api/settings/schema');
    expect(body.properties.mail.properties.poll_s).toMatchObject({ title_de: 'Abruf spätestens alle', minimum: 5 });
    expect(body.properties.log.properties.level.labels.debug.de).toBe('alles');
  });

  test('a file that was broken by hand: the last good settings, what is wrong with its line, and saving mends it', async () => {
    const path = join(web.folder, 'settings.yaml');
    const good = await readFile(path, 'utf8');
    await writeFile(path, `${good}nonsense: 1\n`);
    await web.premises.box()!.settings.reload();
    const { body } = await admin.get('/api/settings');
    expect(body.problems).toMatchObject([{ path: ['nonsense'], line: good.split('\n').length }]);
    expect(body.alarm).toContain('nonsense');
    expect((await patch([{ path: 'site.name', value: 'Wieder gut' }])).status).toBe(200);
    expect((await admin.get('/api/settings')).body).toMatchObject({ problems: [], alarm: null });
    expect(await readFile(join(web.folder, 'settings.broken.yaml'), 'utf8')).toContain('nonsense');
  });

  test('a box that is not set up has no settings', async () => {
    const bare = await openWeb({ settings: null });
    try {
      expect((await bare.as('admin').get('/api/settings')).body.code).toBe('box-not-set-up');
    } finally {
      await bare.stop();
    }
  });

  test('a box that cannot start is mended on the page: its port is in use', async () => {
    const blocker = await import('node:net').then(({ createServer }) => createServer());
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as { port: number };
    const stuck = await openWeb({ settings: { dicom: { host: '127.0.0.1', port } } });
    try {
      expect(stuck.premises.box()).toBeNull();
      const caller = stuck.as('admin');
      const { body } = await caller.get('/api/settings');
      expect(body.settings.dicom.port).toBe(port);
      const changes = [{ path: 'dicom.port', value: 0 }];
      expect((await caller.patch('/api/settings', { revision: body.revision, changes })).status).toBe(200);
      expect(stuck.premises.box()).not.toBeNull();
    } finally {
      await stuck.stop();
      blocker.close();
    }
  });
});

describe('what the page makes of a form', () => {
  const before = {
    site: { name: 'A', language: 'de' },
    mail: { smtp: null, poll_s: 60 },
    partners: [
      { id: 'sued', hold: false, fingerprints: ['A'] },
      { id: 'west', hold: false, fingerprints: [] },
    ],
    dicom: { allow: [{ ae_title: 'CT1' }] },
  };
  const changed = (edit: (draft: typeof before) => unknown) => {
    const after = structuredClone(before);
    edit(after);
    return { after, changes: changesBetween(before, after) };
  };

  test.each<[string, (draft: typeof before) => unknown, object[]]>([
    ['nothing', () => {}, []],
    ['one setting', (d) => Object.assign(d.site, { name: 'B' }), [{ path: 'site.name', value: 'B' }]],
    ['a group switched on', (d) => Object.assign(d.mail, { smtp: {} }), [{ path: 'mail.smtp', value: {} }]],
    [
      'a field emptied',
      (d) => void delete (d.mail as Partial<typeof d.mail>).poll_s,
      [{ path: 'mail.poll_s', remove: true }],
    ],
    [
      'an entry’s setting',
      (d) => Object.assign(d.partners[1]!, { hold: true }),
      [{ path: 'partners.west.hold', value: true }],
    ],
    ['an entry removed', (d) => void d.partners.shift(), [{ path: 'partners.sued', remove: true }]],
    [
      'an entry added',
      (d) => void d.partners.push({ id: 'ost', hold: true, fingerprints: [] }),
      [{ path: 'partners.ost', value: { id: 'ost', hold: true, fingerprints: [] } }],
    ],
    [
      'an entry added whose id is none',
      (d) => void d.partners.push({ id: 'Süd West', hold: true, fingerprints: [] }),
      [{ path: 'partners.2', value: { id: 'Süd West', hold: true, fingerprints: [] } }],
    ],
    [
      'a list without ids',
      (d) => void d.dicom.allow.push({ ae_title: 'CT2' }),
      [{ path: 'dicom.allow', value: [{ ae_title: 'CT1' }, { ae_title: 'CT2' }] }],
    ],
  ])('%s', (_, edit, expected) => {
    const { after, changes } = changed(edit);
    expect(changes).toEqual(expected);
    expect(withChanges(before, changes)).toEqual(after);
  });

  test('another order of entries is one change of the list', () => {
    const { after, changes } = changed((d) => void d.partners.reverse());
    expect(changes).toEqual([{ path: 'partners', value: after.partners }]);
  });

  test('one removed, one changed, one added, on top of what somebody else saved meanwhile', () => {
    const { changes } = changed((d) => {
      d.partners = [
        { ...d.partners[1]!, hold: true },
        { id: 'ost', hold: false, fingerprints: [] },
      ];
    });
    const theirs = { ...before, partners: [...before.partners, { id: 'nord', hold: false, fingerprints: [] }] };
    expect(withChanges(theirs, changes).partners.map(({ id, hold }) => `${id} ${hold}`)).toEqual([
      ...['west true', 'nord false', 'ost false'],
    ]);
  });
});
