import { describe, expect, test } from 'vitest';
import type { SchemaNode } from '../../src/config/examine.ts';
import { type Problem, problemText, SettingsError } from '../../src/config/problems.ts';
import { checkSettings, readSettings } from '../../src/config/read.ts';
import { mailDomain, settingsSchema } from '../../src/config/schema.ts';
import { codes, errorText, RohrpostError } from '../../src/core/errors.ts';

const BASE = `version: 1
site:
  name: Klinik Nord
mail:
  address: roentgen@nord.example
`;

const PARTNER = `partners:
  - id: sued
    name: Klinik Süd
    address: radiologie@sued.example
    ae_title: SUED
`;

function problemsOf(text: string): readonly Problem[] {
  try {
    readSettings(text);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

/** All problems of a file in short: "line code path". */
function brief(text: string): string[] {
  return problemsOf(text).map((p) => `${p.line} ${p.code} ${p.path.join('.')}`);
}

/** The base file with one more line at its end, which is line 6. */
const withLine = (line: string) => brief(`${BASE}${line}\n`);

describe('a small file', () => {
  test('has a default for everything it does not say', () => {
    const { settings } = readSettings(BASE);
    expect(settings.dicom.port).toBe(11_112);
    expect(settings.mail).toMatchObject({ smtp: null, imap: null, listener: null, poll_s: 60 });
    expect(settings.site).toEqual({ name: 'Klinik Nord', language: 'de', ae_title: 'ROHRPOST' });
    expect(mailDomain(settings)).toBe('nord.example');
  });

  test('fills the defaults of list entries and of groups inside them', () => {
    const { settings } = readSettings(BASE + PARTNER);
    const partner = settings.partners[0]!;
    expect(partner).toMatchObject({ form: 'auto', max_mail_bytes: 20_000_000, legacy_crypto: false, hold: false });
    expect(partner.receipts).toEqual({ ask: true, accept_unsigned: false, send: 'signed' });
  });

  test('two reads do not share their defaults', () => {
    readSettings(BASE).settings.dicom.allow.push({ ae_title: 'CT1' });
    expect(readSettings(BASE).settings.dicom.allow).toEqual([]);
  });
});

describe('F69: a file that cannot be used is refused with the line and what is allowed', () => {
  test('empty', () => {
    expect(brief('')).toEqual(['1 setting-empty ']);
    expect(brief('# only a comment\n')).toEqual(['1 setting-empty ']);
  });

  test('half written', () => {
    expect(brief(`${BASE}partners:\n  - id: "sue`)[0]).toMatch(/^\d setting-yaml/);
  });

  test('a key twice', () => {
    expect(withLine('site: { name: B }')).toEqual(['6 setting-yaml ']);
  });

  test('an alias bomb, or any alias', () => {
    expect(brief(`${BASE}x: &a [1]\ny: *a\n`)[0]).toMatch(/setting-yaml/);
  });

  test('a key that is a group itself, or a thousand of them within each other', () => {
    expect(brief(`${BASE}? [a, b]\n: x\n`)[0]).toMatch(/setting-yaml/);
    expect(brief('? '.repeat(900)).every((problem) => problem.includes('setting-yaml'))).toBe(true);
  }, 5_000);

  test('no map at all', () => {
    expect(brief('just words')).toEqual(['1 setting-group ']);
    expect(brief('- a\n- b')).toEqual(['1 setting-group ']);
  });

  test('from a newer version', () => {
    const read = () => readSettings(BASE.replace('version: 1', 'version: 2'));
    expect(read).toThrow(expect.objectContaining({ code: 'config-newer', details: { found: 2, known: 1 } }));
  });

  test('unknown key, at its own line, with the keys that exist', () => {
    const [problem] = problemsOf(`${BASE}  pol_s: 5\n`);
    expect(problemText(problem!, 'en')).toBe(
      'line 6: mail.pol_s: there is no such key here; allowed are: address, smtp, imap, listener, poll_s',
    );
    expect(problemText(problem!, 'de')).toBe(
      'Zeile 6: mail.pol_s: Diesen Schlüssel gibt es hier nicht. Erlaubt sind: address, smtp, imap, listener, poll_s',
    );
  });

  test('a missing setting is shown at the group that needs it', () => {
    expect(brief('version: 1\nsite:\n  name: A\nmail:\n  poll_s: 60\n')).toEqual(['4 setting-missing mail.address']);
  });

  test('every problem at once, in the order of their lines', () => {
    const text = `${BASE}  smtp: { host: mail.nord.example, port: 99999, security: none }
dicom: { port: "11112" }
colour: blue
partners: [ { id: x } ]
`;
    expect(brief(text)).toEqual([
      '6 setting-integer mail.smtp.port',
      '6 setting-one-of mail.smtp.security',
      '7 setting-integer dicom.port',
      '8 setting-unknown-key colour',
      '9 setting-missing partners.0.name',
      '9 setting-missing partners.0.address',
      '9 setting-missing partners.0.ae_title',
    ]);
  });

  test('the error itself carries the sentences in both languages', () => {
    const error = caught(() => readSettings(`${BASE}  poll_s: 0\n`));
    expect(error.message).toContain('line 6: mail.poll_s: must be a whole number from 5 to 3600');
    expect(errorText(error.code, 'de', error.details)).toContain(
      'Zeile 6: mail.poll_s: Hier muss eine ganze Zahl von 5 bis 3600 stehen.',
    );
  });
});

function caught(run: () => unknown): RohrpostError {
  try {
    run();
  } catch (error) {
    if (error instanceof RohrpostError) return error;
  }
  throw new Error('nothing was thrown');
}

describe('each kind of value says what it allows', () => {
  const refused: [line: string, problem: string][] = [
    ['log: { level: loud }', '6 setting-one-of log.level'],
    ['log: loud', '6 setting-group log'],
    ['dicom:', '6 setting-group dicom'],
    ['partners: { id: x }', '6 setting-list partners'],
    ['retention: { done_days: 1.5 }', '6 setting-integer retention.done_days'],
    ['retention: { done_days: -1 }', '6 setting-integer retention.done_days'],
    ['dicom: { host: "a b" }', '6 setting-host dicom.host'],
    ['dicom: { host: "-x.example" }', '6 setting-host dicom.host'],
    ['dicom: { tls: { key_file: relative.pem, cert_file: /c } }', '6 setting-path dicom.tls.key_file'],
    ['dicom: { tls: { key_file: /a/../b, cert_file: /c } }', '6 setting-path dicom.tls.key_file'],
    ['dicom: { allow: [ { address: 10.0.0.256 } ] }', '6 setting-network dicom.allow.0.address'],
    ['dicom: { allow: [ { address: 10.0.0.0/33 } ] }', '6 setting-network dicom.allow.0.address'],
    ['dicom: { allow: [ { ae_title: "SEVENTEEN_LETTERS" } ] }', '6 setting-ae-title dicom.allow.0.ae_title'],
    ['dicom: { allow: [ { ae_title: "A\\\\B" } ] }', '6 setting-ae-title dicom.allow.0.ae_title'],
    ['dicom: { allow: [ { ae_title: "   " } ] }', '6 setting-ae-title dicom.allow.0.ae_title'],
    ['dicom: { allow: [ { ae_title: "A\\x01" } ] }', '6 setting-ae-title dicom.allow.0.ae_title'],
    ['dicom: { allow: [ { ae_title: "" } ] }', '6 setting-ae-title dicom.allow.0.ae_title'],
    ['dicom: { allow: [ { ae_title: "Ä" } ] }', '6 setting-ae-title dicom.allow.0.ae_title'],
    ['routes: [ { id: r, when: { modality: "c t" }, to: [] } ]', '6 setting-modality routes.0.when.modality'],
    ['routes: [ { id: r, when: {}, to: [] } ]', '6 setting-list-length routes.0.to'],
    ['routes: [ { id: "R 1", when: {}, to: [x] } ]', '6 setting-id routes.0.id'],
    ['targets: [ { id: t, kind: ftp } ]', '6 setting-one-of targets.0.kind'],
    ['targets: [ { id: t } ]', '6 setting-missing targets.0.kind'],
    ['targets: [ 7 ]', '6 setting-group targets.0'],
    ['targets: [ { id: t, kind: folder, path: /t, share: x } ]', '6 setting-unknown-key targets.0.share'],
    ['targets: [ { id: t, kind: folder, path: /t, default: 1 } ]', '6 setting-boolean targets.0.default'],
    ['targets: [ { id: t, kind: folder, path: /t, name: "a\\nb" } ]', '6 setting-text targets.0.name'],
    ...['/{date}', '{date}/../x', '{name}', 'a//b', 'a\\b', '{date}/'].map((pattern): [string, string] => [
      `targets: [ { id: t, kind: folder, path: /t, folder_pattern: '${pattern}' } ]`,
      '6 setting-folder-pattern targets.0.folder_pattern',
    ]),
  ];
  test.each(refused)('%s', (line, problem) => {
    expect(withLine(line)).toContain(problem);
  });

  const smb = (change: string) =>
    withLine(`targets: [ { id: t, kind: smb, host: nas, share: pacs, user: u, password: "secret:nas", ${change} } ]`);
  test('SMB: names that could be read as commands', () => {
    expect(smb('domain: CLINIC')).toEqual([]);
    expect(smb('domain: "A;B"')).toEqual(['6 setting-account targets.0.domain']);
    const other = (share: string, user: string) =>
      withLine(`targets: [ { id: t, kind: smb, host: nas, share: ${share}, user: ${user}, password: "secret:nas" } ]`);
    expect(other('"a b;c"', 'u')).toEqual(['6 setting-share targets.0.share']);
    expect(other('C$', '"a\\nb"')).toEqual(['6 setting-account targets.0.user']);
  });

  test('a password in the file is refused, and its text is repeated nowhere', () => {
    const text = `${BASE}  smtp: { host: m, user: u, password: Tr0ub4dor }\n`;
    const error = caught(() => readSettings(text));
    expect(error.message).toContain('line 6: mail.smtp.password: passwords do not belong in this file');
    expect(JSON.stringify(error.details) + error.message).not.toContain('Tr0ub4dor');
  });

  // F38
  test.each([
    '"a@evil.example x"@good.example',
    'Name <a@b.example>',
    'a@b.example (comment)',
    'a@b.example,c@d.example',
    'a@b.example\nBcc: c@d.example',
    'a@@b.example',
    'a..b@c.example',
    '.a@b.example',
    'a@[10.0.0.1]',
    'a@-b.example',
    'ä@b.example',
    `${'a'.repeat(65)}@b.example`,
    '',
  ])('F38: address %j', (address) => {
    const settings = { version: 1, site: { name: 'A' }, mail: { address } };
    const error = caught(() => checkSettings(settings)) as SettingsError;
    expect(error.problems.map((p) => p.code)).toEqual(['setting-address']);
    expect(error.problems[0]!.line).toBeNull();
  });

  test('a fingerprint has one spelling', () => {
    const good = 'A'.repeat(40);
    const list = (value: string) => brief(`${BASE}${PARTNER}    fingerprints: ["${value}"]\n`);
    expect(list(good)).toEqual([]);
    for (const bad of [good.toLowerCase(), good.slice(1), `${good}A`, 'A A']) {
      expect(list(bad)).toEqual(['11 setting-fingerprint partners.0.fingerprints.0']);
    }
  });
});

describe('rules between settings', () => {
  const second = PARTNER.split('\n').slice(1).join('\n');

  test('two partners with one id, AE title, and address', () => {
    expect(brief(BASE + PARTNER + second)).toEqual([
      '11 setting-duplicate partners.1.id',
      '13 setting-duplicate partners.1.address',
      '14 setting-duplicate partners.1.ae_title',
    ]);
    const [problem] = problemsOf(BASE + PARTNER + second);
    expect(problemText(problem!, 'en')).toBe('line 11: partners[1].id: "sued" is used already, see partners[0].id');
  });

  test("a partner that has our own AE title or address (capitals don't matter there)", () => {
    const text = BASE + PARTNER.replace('SUED', 'ROHRPOST').replace('radiologie@sued', 'Roentgen@NORD');
    expect(brief(text)).toEqual(['9 setting-duplicate partners.0.address', '10 setting-duplicate partners.0.ae_title']);
  });

  test('routes and partners that name what does not exist', () => {
    const text = `${BASE}${PARTNER}    targets: [pacs]
routes:
  - id: ct
    when: { modality: CT }
    to: [sued, west]
`;
    expect(brief(text)).toEqual([
      '11 setting-unknown-target partners.0.targets.0',
      '15 setting-unknown-partner routes.0.to.1',
    ]);
    expect(problemText(problemsOf(text)[1]!, 'en')).toContain('there is no partner "west"; known are: sued');
  });

  test('two routes or two targets with one id', () => {
    const target = '{ id: t, kind: folder, path: /t }';
    expect(withLine(`targets: [ ${target}, ${target} ]`)).toEqual(['6 setting-duplicate targets.1.id']);
    const route = '{ id: r, when: {}, to: [sued] }';
    expect(brief(`${BASE}${PARTNER}routes: [ ${route}, ${route} ]\n`)).toEqual(['11 setting-duplicate routes.1.id']);
  });

  test('a cap below the quiet time', () => {
    expect(withLine('settle: { quiet_s: 100, cap_s: 99 }')).toEqual(['6 setting-too-small settle.cap_s']);
    const route = (more: string) => brief(`${BASE}${PARTNER}routes: [ { id: r, when: {}, to: [sued], ${more} } ]\n`);
    expect(route('quiet_s: 10, cap_s: 9')).toEqual(['11 setting-too-small routes.0.cap_s']);
    expect(route('quiet_s: 4000')).toEqual(['11 setting-needs routes.0.quiet_s']);
    expect(route('quiet_s: 10, cap_s: 10')).toEqual([]);
  });

  test('half of a pair', () => {
    expect(brief(`${BASE}  smtp: { host: m, user: u }\n`)).toEqual(['6 setting-needs mail.smtp.user']);
    expect(brief(`${BASE}  smtp: { host: m, password: "secret:x" }\n`)).toEqual(['6 setting-needs mail.smtp.password']);
    const pacs = '{ id: t, kind: dicom, host: p, ae_title: P, tls: { key_file: /k } }';
    expect(withLine(`targets: [ ${pacs} ]`)).toEqual(['6 setting-needs targets.0.tls.key_file']);
  });
});

test('hostile bodies: prototype keys are unknown keys, wrong types everywhere are problems, not crashes', () => {
  const body = JSON.parse('{"version":1,"site":{"name":"A","__proto__":{"x":1}},"mail":{"address":"a@b.example"}}');
  const error = caught(() => checkSettings(body)) as SettingsError;
  expect(error.problems.map((p) => p.code)).toEqual(['setting-unknown-key']);
  for (const value of [
    null,
    1,
    'x',
    [],
    [[]],
    { site: [], mail: 1, partners: [null, 1, []], targets: [null, { kind: {} }] },
  ]) {
    expect(() => checkSettings(value)).toThrow(SettingsError);
  }
});

describe('a file that nobody wrote by hand', () => {
  test.each([
    ['brackets nested deeper than any stack', '['.repeat(100_000)],
    ['lists nested deeper than any stack', '- '.repeat(50_000)],
    ['a line that is no YAML, ten thousand times', '"a" b\n'.repeat(10_000)],
    ['the same key, thirty thousand times', `${BASE}${'x:\n'.repeat(30_000)}`],
    ['unknown keys, thirty thousand of them', BASE + Array.from({ length: 30_000 }, (_, n) => `k${n}: 1\n`).join('')],
    ['partners that are not there', `${BASE}routes:\n  - {id: a, when: {}, to: [${'x, '.repeat(900)}x]}\n`],
  ])('%s: some problems are told, soon', (_, text) => {
    const began = performance.now();
    const problems = problemsOf(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(100);
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  test('a key that stands twice is told with its second line, whatever group it is in', () => {
    expect(brief(`${BASE}site:\n  name: Other\n`)).toEqual(['6 setting-yaml ']);
    expect(brief(BASE.replace('name: Klinik Nord', 'name: a\n  name: b'))).toEqual(['4 setting-yaml ']);
    expect(brief(`${BASE}dicom: {port: 1, port: 2}\n`)).toEqual(['6 setting-yaml ']);
  });
});

test('every setting has a description, and every code that the schema names is in the table', () => {
  const visit = (node: SchemaNode, path: string): void => {
    if (node.problem) expect(codes).toHaveProperty(node.problem);
    for (const [key, child] of Object.entries(node.properties ?? {})) {
      expect((child as { description?: string }).description, `${path}.${key}`).toMatch(/\w/);
      visit(child, `${path}.${key}`);
    }
    for (const child of [...(node.anyOf ?? []), ...(node.items ? [node.items] : [])]) visit(child, path);
  };
  visit(settingsSchema as SchemaNode, '');
});
