import { type Command, Option } from 'commander';
import { createSettings } from '../config/settings.ts';
import { fingerprintText } from '../core/figures.ts';
import { readPublicKey } from '../pgp/keys.ts';
import { addCommand } from './command.ts';
import type { Console } from './console.ts';
import { becomeOwner, openKeys } from './data.ts';

interface InitOptions {
  name: string;
  address: string;
  ae?: string;
  language?: 'de' | 'en';
  key: 'curve25519' | 'rsa3072';
}

/** `rohrpost init`: the settings file and the own key of a new box. Never touches those of an existing one. */
export function addInitCommand(program: Command, c: Console): void {
  addCommand(program, c, 'init', 'help.init')
    .requiredOption('--name <name>', c.say('help.site-name'))
    .requiredOption('--address <address>', c.say('help.own-address'))
    .option('--ae <title>', c.say('help.own-ae'))
    .addOption(new Option('--language <language>', c.say('help.site-language')).choices(['de', 'en']))
    .addOption(
      new Option('--key <kind>', c.say('help.key-kind')).choices(['curve25519', 'rsa3072']).default('curve25519'),
    )
    .action((options: InitOptions) => init(c, options));
}

async function init(c: Console, o: InitOptions): Promise<void> {
  becomeOwner(c.folder);
  const language = o.language ?? c.language;
  await createSettings(c.folder, {
    site: { name: o.name, language, ...(o.ae !== undefined && { ae_title: o.ae }) },
    mail: { address: o.address },
  });
  const { keyring } = await openKeys(c);
  await keyring.ensureOwnKey({ name: o.name, email: o.address, algorithm: o.key, nowMs: c.clock.now() });
  const { info } = await readPublicKey(await keyring.ownPublic());
  c.line(c.say('init.done', { folder: c.folder }));
  c.line(`${c.say('key.fingerprint')}  ${fingerprintText(info.fingerprint)}`);
  c.line(c.say('init.next'));
}
