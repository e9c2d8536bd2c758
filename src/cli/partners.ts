import { type Command, Option } from 'commander';
import { entryOf } from '../config/entries.ts';
import { settingLines } from '../config/paths.ts';
import type { Partner, Settings } from '../config/schema.ts';
import { RohrpostError } from '../core/errors.ts';
import { fingerprintText, shortId } from '../core/figures.ts';
import { cliLimits } from '../core/limits.ts';
import type { Check } from '../health/check.ts';
import type { Finding } from '../health/finding.ts';
import { partnerKeyCheck } from '../health/keys.ts';
import { smtpCheck, wayCheck } from '../health/mail.ts';
import type { HealthParts } from '../health/parts.ts';
import { healthSay } from '../health/say.ts';
import { startTrial, trialOutcome, trialSoFar } from '../health/trial.ts';
import { checkUsable, type PublicKey, readPublicKey } from '../pgp/keys.ts';
import { isFolderLocked } from '../store/database.ts';
import { addCommand, addGroup } from './command.ts';
import type { Console } from './console.ts';
import { change, openKeys, withSettings, withStore } from './data.ts';
import { healthParts, printChecks } from './doctor.ts';
import { UsageError } from './exits.ts';
import { tableText } from './format.ts';
import { readText } from './input.ts';
import { keyLines } from './key-lines.ts';

interface AddOptions {
  name: string;
  address: string;
  ae: string;
  key?: string;
  smtp?: string;
  smtpSecurity?: string;
  smtpCa?: string;
  smtpUser?: string;
  smtpPassword?: string;
  form?: string;
  maxMailBytes?: string;
  deliver?: string;
  target?: string[];
  hold?: true;
  legacyCrypto?: true;
}

/** `rohrpost partner`: the other sites. A partner's key counts once its fingerprint is in the settings. */
export function addPartnerCommands(program: Command, c: Console): void {
  const partner = addGroup(program, c, 'partner', 'help.partner');
  addAdd(partner, c);
  addCommand(partner, c, 'list', 'help.partner-list')
    .option('--json', c.say('help.json'))
    .action((o: { json?: boolean }) => withSettings(c, (open) => list(c, open.current(), o.json ?? false)));
  const one = (name: string, help: Parameters<typeof addCommand>[3]) =>
    addCommand(partner, c, name, help).argument('<id>', c.say('help.partner-id'));
  one('show', 'help.partner-show')
    .option('--json', c.say('help.json'))
    .action((id: string, o: { json?: boolean }) => show(c, id, o.json ?? false));
  one('remove', 'help.partner-remove').action((id: string) => remove(c, id));
  one('key', 'help.partner-key')
    .argument('<file>', c.say('help.key-file'))
    .action((id: string, file: string) => pin(c, id, file));
  one('test', 'help.partner-test')
    .option('--send', c.say('help.send'))
    .option('--wait <seconds>', c.say('help.wait'), '120')
    .option('--json', c.say('help.json'))
    .action((id: string, o: { send?: true; wait: string; json?: boolean }) => test(c, id, o));
}

function addAdd(partner: Command, c: Console): void {
  addCommand(partner, c, 'add', 'help.partner-add')
    .argument('<id>', c.say('help.partner-id'))
    .requiredOption('--name <name>', c.say('help.name'))
    .requiredOption('--address <address>', c.say('help.address'))
    .requiredOption('--ae <title>', c.say('help.ae'))
    .option('--key <file>', c.say('help.key-file'))
    .option('--smtp <host:port>', c.say('help.smtp'))
    .addOption(new Option('--smtp-security <how>', c.say('help.smtp-security')).choices(['starttls', 'tls']))
    .option('--smtp-ca <file>', c.say('help.smtp-ca'))
    .option('--smtp-user <user>', c.say('help.smtp-user'))
    .option('--smtp-password <secret:NAME>', c.say('help.smtp-password'))
    .addOption(new Option('--form <form>', c.say('help.form')).choices(['auto', 'classic', 'batch']))
    .option('--max-mail-bytes <bytes>', c.say('help.max-mail'))
    .addOption(new Option('--deliver <how>', c.say('help.deliver')).choices(['whole', 'as_it_arrives']))
    .option('--target <id...>', c.say('help.partner-target'))
    .option('--hold', c.say('help.hold'))
    .option('--legacy-crypto', c.say('help.legacy'))
    .action((id: string, o: AddOptions) => add(c, id, o));
}

function add(c: Console, id: string, o: AddOptions): Promise<void> {
  return withSettings(c, async (open) => {
    if (open.current().partners.some((other) => other.id === id))
      throw new RohrpostError('id-taken', { details: { id } });
    const key = o.key === undefined ? null : await readPublicKey(await readText(c, o.key));
    // A key that cannot be used now would only hold the first study.
    if (key) checkUsable(key, 'encrypt', c.clock.now(), o.legacyCrypto ?? false);
    const partner = {
      id,
      name: o.name,
      address: o.address,
      ae_title: o.ae,
      fingerprints: key ? [key.info.fingerprint] : [],
      ...(o.smtp !== undefined && { smtp: smtpOf(c, o.smtp, o) }),
      ...(o.form !== undefined && { form: o.form }),
      ...(o.maxMailBytes !== undefined && { max_mail_bytes: Number(o.maxMailBytes) }),
      ...(o.deliver !== undefined && { deliver: o.deliver }),
      ...(o.target !== undefined && { targets: o.target }),
      ...(o.hold && { hold: true }),
      ...(o.legacyCrypto && { legacy_crypto: true }),
    };
    if (key) await (await openKeys(c)).keyring.importPublic(key.armored);
    // What is left out gets its default when the settings are checked.
    await change(open, (draft) => void draft.partners.push(partner as unknown as Partner));
    c.line(c.say('partner.added', { id }));
    if (key) sayPinned(c, key);
    else c.line(c.say('partner.no-key', { id }));
  });
}

function smtpOf(c: Console, text: string, o: AddOptions) {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text);
  if (!match) throw new UsageError(c.say('usage.host-port', { what: text }));
  return {
    host: match[1] ?? match[2],
    ...(match[3] !== undefined && { port: Number(match[3]) }),
    ...(o.smtpSecurity !== undefined && { security: o.smtpSecurity }),
    ...(o.smtpCa !== undefined && { ca_file: o.smtpCa }),
    ...(o.smtpUser !== undefined && { user: o.smtpUser }),
    ...(o.smtpPassword !== undefined && { password: o.smtpPassword }),
  };
}

function pin(c: Console, id: string, file: string): Promise<void> {
  return withSettings(c, async (open) => {
    const partner = entryOf(open.current().partners, id);
    const key = await readPublicKey(await readText(c, file));
    checkUsable(key, 'encrypt', c.clock.now(), partner.legacy_crypto);
    await (await openKeys(c)).keyring.importPublic(key.armored);
    const { fingerprint } = key.info;
    await change(open, (draft) => {
      const entry = entryOf(draft.partners, id);
      // The first is encrypted to; older ones stay for what is signed with them and still on its way.
      entry.fingerprints = [fingerprint, ...entry.fingerprints.filter((other) => other !== fingerprint)];
    });
    sayPinned(c, key);
  });
}

function sayPinned(c: Console, key: PublicKey): void {
  for (const line of keyLines(c, key.info)) c.line(line);
  c.line(c.say('partner.compare'));
}

function list(c: Console, settings: Settings, json: boolean): void {
  if (json) {
    c.json(settings.partners);
    return;
  }
  const head = [c.say('head.id'), c.say('head.name'), c.say('head.address'), c.say('head.ae'), c.say('head.way')];
  const rows = settings.partners.map((partner) => [
    partner.id,
    partner.name,
    partner.address,
    partner.ae_title,
    [
      partner.smtp ? `${partner.smtp.host}:${partner.smtp.port}` : c.say('partner.by-server'),
      ...(partner.fingerprints.length === 0 ? [c.say('partner.keyless')] : []),
      ...(partner.hold ? [c.say('partner.on-hold')] : []),
    ].join(', '),
  ]);
  for (const line of tableText([head, ...rows])) c.line(line);
}

function show(c: Console, id: string, json: boolean): Promise<void> {
  return withStore(c, async ({ settings, store }) => {
    const partner = entryOf(settings.current().partners, id);
    const { keyring } = await openKeys(c);
    const armored = (await keyring.correspondents([partner]))[0]!.keys;
    const keys = await Promise.all(armored.map(async (text) => (await readPublicKey(text)).info));
    const learned = {
      accepts: store.facts.get(id, 'accepts') ?? null,
      mail_limit_bytes: Number(store.facts.get(id, 'mail_limit_bytes') ?? 0) || null,
    };
    if (json) return c.json({ ...partner, keys, learned });
    for (const line of settingLines(partner)) c.line(line);
    for (const [name, value] of Object.entries(learned)) {
      if (value !== null) c.line(c.say('partner.learned', { name, value }));
    }
    for (const info of keys) {
      c.line();
      for (const line of keyLines(c, info)) c.line(line);
    }
    for (const fingerprint of partner.fingerprints) {
      const isThere = keys.some((info) => info.fingerprint === fingerprint);
      if (!isThere) c.line(c.say('partner.key-absent', { fingerprint: fingerprintText(fingerprint) }));
    }
  });
}

function remove(c: Console, id: string): Promise<void> {
  return withSettings(c, async (open) => {
    const settings = open.current();
    entryOf(settings.partners, id);
    const users = settings.routes.filter((route) => route.to.includes(id)).map((route) => route.id);
    if (users.length > 0) throw new RohrpostError('id-in-use', { details: { id, users: users.join(', ') } });
    await change(open, (draft) => {
      draft.partners = draft.partners.filter((other) => other.id !== id);
    });
    c.line(c.say('partner.removed', { id }));
  });
}

function test(c: Console, id: string, o: { send?: true; wait: string; json?: boolean }): Promise<void> {
  const wait_s = Number(o.wait);
  if (!(wait_s >= 0)) throw new UsageError(c.say('usage.invalid', { what: o.wait }));
  return withStore(c, async (data) => {
    const parts = await healthParts(c, data);
    const partner = entryOf(parts.settings.partners, id);
    const trial: Check = {
      name: healthSay(c.language)('check.trial', { id }),
      deadline_ms: (wait_s + 10) * 1000,
      run: () => sendTrial(c, parts, partner, wait_s * 1000),
    };
    const { smtp } = parts.settings.mail;
    const checks = [
      partnerKeyCheck(parts, partner),
      wayCheck(parts, partner),
      // The way is no better than the server it goes by.
      ...(partner.smtp || !smtp ? [] : [smtpCheck(parts, smtp)]),
    ];
    await printChecks(c, o.send ? [...checks, trial] : checks, o.json ?? false);
  });
}

/** Sends a trial and waits until it ended or the time is up; the consignment goes on then. */
async function sendTrial(c: Console, parts: HealthParts, partner: Partner, wait_ms: number): Promise<Finding> {
  if (!isFolderLocked(c.folder)) throw new RohrpostError('box-not-running');
  const until_ms = c.clock.steady() + wait_ms;
  const consignmentId = await startTrial(parts, partner);
  c.aside(c.say('trial.sent', { id: shortId(consignmentId) }));
  for (;;) {
    const outcome = trialOutcome(parts, { asksReceipt: partner.receipts.ask }, consignmentId);
    if (outcome) return outcome;
    if (c.clock.steady() > until_ms) return trialSoFar(parts, consignmentId);
    await c.clock.sleep(cliLimits.ask_ms);
  }
}
