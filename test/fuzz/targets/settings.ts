import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Document } from 'yaml';
import { examine } from '../../../src/config/examine.ts';
import { LAST_GOOD_FILE, load, SETTINGS_FILE } from '../../../src/config/load.ts';
import { migrations } from '../../../src/config/migrations.ts';
import { problemText, SettingsError } from '../../../src/config/problems.ts';
import { checkSettings, readSettings } from '../../../src/config/read.ts';
import { settingsSchema } from '../../../src/config/schema.ts';
import { withoutDefaults } from '../../../src/config/write.ts';
import { silentLog } from '../../../src/core/log.ts';
import { testSettings } from '../../support/settings.ts';
import { must, type Target, verdictOf } from '../target.ts';

/** A settings file that people wrote, or a JSON body of the API: it is valid, or all that is wrong with it is told. */
export function openTarget(folder: string): Target {
  return {
    seeds: seeds(),
    words: [
      ...[
        'partners:\n  - id: ',
        'routes:\n',
        'targets:\n',
        'version: 2\n',
        '- ',
        '  ',
        ': ',
        '\n',
        '[',
        ']',
        '{',
        '}',
        '[[',
        '&a ',
        '*a',
      ],
      ...[
        '? ',
        '| \n',
        '>\n',
        '!!binary ',
        '!!set ',
        '<<: *a\n',
        '"',
        "'",
        '\\u0000',
        '---\n',
        '...\n',
        '%YAML 1.1\n',
        '# ',
        '__proto__: ',
      ],
      ...['null', '~', '.nan', '.inf', '-0', '0x10', '1e999', '2001-01-01', 'secret:a', 'kind: smb', '\t', '\ufeff'],
    ],
    async run(input) {
      const text = input.toString('utf8');
      await checkJson(text);
      if (input.length < LOADED_BYTES) await loadFrom(folder, input);
      return verdictOf(() => checkText(text));
    },
  };
}

/** Loading reads the same text once more, so the long ones are left out. */
const LOADED_BYTES = 8 * 1024;

async function loadFrom(folder: string, input: Buffer): Promise<void> {
  writeFileSync(join(folder, SETTINGS_FILE), input);
  await verdictOf(() => load(folder, migrations, silentLog));
  await rm(join(folder, LAST_GOOD_FILE), { force: true });
}

function seeds(): Buffer[] {
  const settings = testSettings({
    partners: [
      { id: 'klinik', fingerprints: ['A'.repeat(40)], targets: ['pacs'] },
      { id: 'praxis', smtp: { host: 'mail.praxis.example', port: 25 } },
    ],
    routes: [{ id: 'ct', to: ['klinik'], when: { modality: 'CT' } }],
    targets: [{ id: 'pacs', kind: 'dicom', host: '127.0.0.1', port: 104, ae_title: 'PACS' }],
  } as Parameters<typeof testSettings>[0]);
  return [
    Buffer.from(String(new Document(withoutDefaults(settings)))),
    Buffer.from(String(new Document(settings))),
    Buffer.from(JSON.stringify(settings)),
    Buffer.from('# by hand\nversion: 1\nsite: {name: Testpraxis}\nmail:\n  address: box@a.example\n'),
  ];
}

/** What is read and written again is the same; what is not valid says so in both languages, with its line. */
async function checkText(text: string): Promise<void> {
  try {
    const { settings } = readSettings(text);
    must(isDeepStrictEqual(checkSettings(settings), settings), 'settings that are complete stay as they are');
    const written = String(new Document(withoutDefaults(settings)));
    must(isDeepStrictEqual(readSettings(written).settings, settings), 'settings are read as they were written');
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    must(error.problems.length > 0 && error.problems.length <= 100, 'some problems are told, not thousands');
    for (const problem of error.problems) {
      must(problem.line !== null && problem.line >= 1, 'a problem has its line');
      must(problemText(problem, 'de') !== '' && problemText(problem, 'en') !== '', 'a problem has words');
    }
    throw error;
  }
}

async function checkJson(text: string): Promise<void> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return;
  }
  must(
    examine(settingsSchema, value, { coerce: true }).findings.length <= 100,
    'some problems are told, not thousands',
  );
  await verdictOf(() => checkSettings(value));
}
