import { join } from 'node:path';
import type { Command } from 'commander';
import { SETTINGS_FILE } from '../config/load.ts';
import { pathSteps, setAt, settingLines } from '../config/paths.ts';
import { problemText, SettingsError } from '../config/problems.ts';
import { readSettings } from '../config/read.ts';
import type { OpenSettings } from '../config/settings.ts';
import { RohrpostError } from '../core/errors.ts';
import { addCommand, addGroup } from './command.ts';
import type { Console } from './console.ts';
import { change, openKeys, withSettings } from './data.ts';
import { EXIT } from './exits.ts';
import { readSecret, readText } from './input.ts';

/** `rohrpost settings`: the one settings file, and the passwords that it refers to. */
export function addSettingsCommands(program: Command, c: Console): void {
  const settings = addGroup(program, c, 'settings', 'help.settings');
  addCommand(settings, c, 'show', 'help.settings-show')
    .option('--json', c.say('help.json'))
    .action((o: { json?: boolean }) =>
      withSettings(c, (open) => {
        if (o.json) c.json(open.current());
        else for (const line of settingLines(open.current())) c.line(line);
      }),
    );
  addCommand(settings, c, 'set', 'help.settings-set')
    .argument('<path>', c.say('help.settings-path'))
    .argument('<value>', c.say('help.settings-value'))
    .action((path: string, value: string) => withSettings(c, (open) => set(c, open, path, value)));
  addCommand(settings, c, 'check', 'help.settings-check')
    .argument('[file]', c.say('help.settings-file'))
    .action((file: string | undefined) => check(c, file ?? join(c.folder, SETTINGS_FILE)));
  addCommand(settings, c, 'secret', 'help.settings-secret')
    .argument('<name>', c.say('help.secret-name'))
    .option('--delete', c.say('help.secret-delete'))
    .action((name: string, o: { delete?: boolean }) => withSettings(c, () => secret(c, name, o.delete ?? false)));
}

/** The value is JSON where it can be read so and the setting takes it, else the very text. */
async function set(c: Console, open: OpenSettings, path: string, text: string): Promise<void> {
  const steps = pathSteps(path);
  const put = (value: unknown) => change(open, (draft) => setAt(draft, steps, value));
  const parsed = parseJson(text);
  try {
    await put(parsed);
  } catch (error) {
    // A folder pattern begins with a brace too; a group that is no JSON ends here.
    if (error instanceof SettingsError && parsed === text && /^[[{]/.test(text)) c.aside(c.say('settings.as-json'));
    const maybeText = error instanceof SettingsError && (typeof parsed === 'number' || typeof parsed === 'boolean');
    if (!maybeText) throw error;
    await put(text).catch(() => {
      throw error;
    });
  }
  c.line(c.say('settings.saved', { path }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Every problem with its line, one a line of output. */
async function check(c: Console, file: string): Promise<void> {
  const text = await readText(c, file);
  try {
    readSettings(text);
    c.line(c.say('settings.fine', { file }));
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    for (const problem of error.problems) c.line(problemText(problem, c.language));
    c.exitCode = EXIT.failed;
  }
}

async function secret(c: Console, name: string, forget: boolean): Promise<void> {
  const { secrets } = await openKeys(c);
  if (forget) {
    if (!(await secrets.names()).includes(name)) throw new RohrpostError('secret-unknown', { details: { name } });
    await secrets.delete(name);
    c.line(c.say('settings.secret-forgotten', { name }));
    return;
  }
  await secrets.set(name, await readSecret(c, `${c.say('settings.secret-value', { name })} `));
  c.line(c.say('settings.secret-stored', { name }));
}
