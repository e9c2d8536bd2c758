import { type Command, Option } from 'commander';
import { entryOf } from '../config/entries.ts';
import type { Settings, Target } from '../config/schema.ts';
import { RohrpostError } from '../core/errors.ts';
import { targetCheck } from '../health/targets.ts';
import { addCommand, addGroup } from './command.ts';
import type { Console } from './console.ts';
import { change, openKeys, withSettings } from './data.ts';
import { printChecks } from './doctor.ts';
import { tableText } from './format.ts';
import { readSecret } from './input.ts';

interface CommonOptions {
  name?: string;
  default: boolean;
}

/** `rohrpost target`: where what comes in is delivered. */
export function addTargetCommands(program: Command, c: Console): void {
  const target = addGroup(program, c, 'target', 'help.target');
  const add = addGroup(target, c, 'add', 'help.target-add');
  addDicom(add, c);
  addSmb(add, c);
  addFolder(add, c);
  addCommand(target, c, 'list', 'help.target-list')
    .option('--json', c.say('help.json'))
    .action((o: { json?: boolean }) => withSettings(c, (open) => list(c, open.current(), o.json ?? false)));
  addCommand(target, c, 'test', 'help.target-test')
    .argument('<id>', c.say('help.target-id'))
    .option('--json', c.say('help.json'))
    .action((id: string, o: { json?: boolean }) =>
      withSettings(c, async (open) => {
        const settings = open.current();
        const { folder, language } = c;
        const parts = { folder, language, settings, secrets: (await openKeys(c)).secrets };
        await printChecks(c, [targetCheck(parts, entryOf(settings.targets, id))], o.json ?? false);
      }),
    );
  addCommand(target, c, 'remove', 'help.target-remove')
    .argument('<id>', c.say('help.target-id'))
    .action((id: string) =>
      withSettings(c, async (open) => {
        const settings = open.current();
        entryOf(settings.targets, id);
        const users = settings.partners.filter((partner) => partner.targets.includes(id)).map((partner) => partner.id);
        if (users.length > 0) throw new RohrpostError('id-in-use', { details: { id, users: users.join(', ') } });
        await change(open, (draft) => {
          draft.targets = draft.targets.filter((other) => other.id !== id);
        });
        c.line(c.say('target.removed', { id }));
      }),
    );
}

function kind(add: Command, c: Console, name: string, help: Parameters<typeof addCommand>[3]): Command {
  return addCommand(add, c, name, help)
    .argument('<id>', c.say('help.target-id'))
    .option('--name <name>', c.say('help.name'))
    .option('--no-default', c.say('help.no-default'));
}

function addDicom(add: Command, c: Console): void {
  kind(add, c, 'dicom', 'help.target-dicom')
    .requiredOption('--host <host>', c.say('help.host'))
    .requiredOption('--ae <title>', c.say('help.target-ae'))
    .option('--port <port>', c.say('help.port'), '104')
    .option('--tls', c.say('help.tls'))
    .option('--tls-ca <file>', c.say('help.tls-ca'))
    .action((id: string, o: CommonOptions & { host: string; ae: string; port: string; tls?: true; tlsCa?: string }) =>
      save(c, {
        ...common(id, o),
        kind: 'dicom',
        host: o.host,
        port: Number(o.port),
        ae_title: o.ae,
        tls: o.tls || o.tlsCa !== undefined ? { ...(o.tlsCa !== undefined && { ca_file: o.tlsCa }) } : null,
      }),
    );
}

interface SmbOptions extends CommonOptions {
  host: string;
  port: string;
  share: string;
  user: string;
  domain?: string;
  engine?: 'auto';
  encrypt?: 'required';
  pattern?: string;
  passwordFile?: string;
  passwordEnv?: string;
}

function addSmb(add: Command, c: Console): void {
  kind(add, c, 'smb', 'help.target-smb')
    .requiredOption('--host <host>', c.say('help.host'))
    .requiredOption('--share <share>', c.say('help.share'))
    .requiredOption('--user <user>', c.say('help.user'))
    .option('--port <port>', c.say('help.port'), '445')
    .option('--domain <domain>', c.say('help.domain'))
    .addOption(new Option('--engine <engine>', c.say('help.engine')).choices(['auto', 'smbclient', 'node-smb2']))
    .addOption(new Option('--encrypt <how>', c.say('help.encrypt')).choices(['required', 'if_possible', 'off']))
    .option('--pattern <pattern>', c.say('help.pattern'))
    .option('--password-file <file>', c.say('help.password-file'))
    .option('--password-env <name>', c.say('help.password-env'))
    .action(async (id: string, o: SmbOptions) => {
      const target = {
        ...common(id, o),
        kind: 'smb',
        host: o.host,
        port: Number(o.port),
        share: o.share,
        user: o.user,
        password: `secret:target-${id}`,
        ...given('domain', o.domain),
        ...given('engine', o.engine),
        ...given('encrypt', o.encrypt),
        ...given('folder_pattern', o.pattern),
      };
      await save(c, target, async () => {
        const prompt = `${c.say('target.password', { user: o.user })} `;
        const password = await readSecret(c, prompt, { file: o.passwordFile, env: o.passwordEnv });
        await (await openKeys(c)).secrets.set(`target-${id}`, password);
      });
    });
}

function addFolder(add: Command, c: Console): void {
  kind(add, c, 'folder', 'help.target-folder')
    .requiredOption('--path <path>', c.say('help.path'))
    .option('--pattern <pattern>', c.say('help.pattern'))
    .action((id: string, o: CommonOptions & { path: string; pattern?: string }) =>
      save(c, { ...common(id, o), kind: 'folder', path: o.path, ...given('folder_pattern', o.pattern) }),
    );
}

function common(id: string, o: CommonOptions) {
  return { id, default: o.default, ...given('name', o.name) };
}

function given<Key extends string>(key: Key, value: unknown): Partial<Record<Key, unknown>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<Key, unknown>>);
}

/** Adds a target; what it leaves out gets its default when the settings are checked. `before` runs first: its password. */
function save(
  c: Console,
  target: { readonly id: string; readonly [setting: string]: unknown },
  before: () => Promise<void> = async () => {},
): Promise<void> {
  return withSettings(c, async (open) => {
    if (open.current().targets.some(({ id }) => id === target.id)) {
      throw new RohrpostError('id-taken', { details: { id: target.id } });
    }
    await before();
    await change(open, (draft) => void draft.targets.push(target as unknown as Target));
    c.line(c.say('target.added', { id: target.id }));
  });
}

function list(c: Console, settings: Settings, json: boolean): void {
  if (json) {
    c.json(settings.targets);
    return;
  }
  const head = [c.say('head.id'), c.say('head.kind'), c.say('head.place'), c.say('head.default')];
  const rows = settings.targets.map((target) => [
    target.id,
    target.kind,
    placeText(target),
    target.default ? c.say('yes') : c.say('no'),
  ]);
  for (const line of tableText([head, ...rows])) c.line(line);
}

/** Where a target is, in one word. */
export function placeText(target: Target): string {
  if (target.kind === 'folder') return target.path;
  if (target.kind === 'smb') return `//${target.host}/${target.share}`;
  return `${target.ae_title}@${target.host}:${target.port}`;
}
