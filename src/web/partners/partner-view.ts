import { anything, group, integer, list, nullable, oneOf, text, type ValueOf, yesNo } from '../../config/kinds.ts';
import type { Partner, Settings } from '../../config/schema.ts';
import { codes, errorText, type Language, RohrpostError } from '../../core/errors.ts';
import { healthLimits } from '../../core/limits.ts';
import { readPublicKey } from '../../pgp/keys.ts';
import type { Store } from '../../store/store.ts';
import type { PartnerTraffic } from '../../store/traffic.ts';
import { moment } from '../people/answers.ts';
import type { Premises } from '../premises.ts';
import { keyringOf } from '../settings/open.ts';
import { keyAnswer, keyView } from './key-view.ts';

const count = (description: string) => integer(0, Number.MAX_SAFE_INTEGER, { description });

const keyState = group(
  {
    state: oneOf(['ok', 'expiring', 'none', 'unusable'], { description: 'Whether there is a key to encrypt to' }),
    fingerprint: nullable(text({ description: 'Of the key that is encrypted to' })),
    expires_ms: nullable(moment('When it can no longer be used')),
    message: nullable(text({ description: 'Why there is none', maxLength: 5000 })),
  },
  { description: 'The key of a partner' },
);

const partnerShape = {
  id: text({ description: 'Short name' }),
  name: text({ description: 'Name for people' }),
  address: text({ description: 'Mail address', maxLength: 254 }),
  ae_title: text({ description: 'AE title on our box' }),
  hold: yesNo({ description: 'Everything for it is held back' }),
  legacyCrypto: yesNo({ description: 'UNSAFE: old crypto is taken' }),
  way: oneOf(['server', 'direct', 'none'], { description: 'By our mail server, by its own listener, or not at all' }),
  key: keyState,
  sent_ms: nullable(moment('When our mail server last took all of a consignment for it')),
  received_ms: nullable(moment('When something last came from it')),
  underWay: count('Consignments that are not sent yet'),
  stuck: count('Consignments that only a person can help'),
  accepts: list(text({ description: 'Such as batch or binary' }), { description: 'What it announced that it takes' }),
  mailLimit_bytes: nullable(count('The largest mail that its side takes, as refusals taught')),
};
const partnerAnswer = group(partnerShape, { description: 'A partner' });
export type PartnerView = ValueOf<typeof partnerAnswer>;

export const partnersAnswer = group(
  { partners: list(partnerAnswer, { description: 'In the order of the settings' }) },
  { description: 'Partners' },
);

export const partnerDetails = group(
  {
    ...partnerShape,
    revision: text({ description: 'Of the settings; hand it back with a change' }),
    settings: anything({ description: 'Its settings, as in /api/settings' }),
    position: count('Where it stands among the partners of the settings'),
    routes: list(text({ description: 'Id of a rule' }), { description: 'Rules that lead to it' }),
    keys: list(keyAnswer, { description: 'Pinned keys that are there; the first usable one is encrypted to' }),
    absentKeys: list(text({ description: 'A fingerprint' }), {
      description: 'Pinned keys of which the file is missing',
    }),
  },
  { description: 'A partner with its profile and keys' },
);
export type PartnerDetails = Omit<ValueOf<typeof partnerDetails>, 'settings'> & { settings: Partner };

/** Partners as a list shows them. */
export async function partnerViews(premises: Premises, settings: Settings, language: Language): Promise<PartnerView[]> {
  const store = premises.box()?.store;
  const traffic = new Map(store?.traffic.ofPartners().map((row) => [row.partner_id, row]));
  const views: PartnerView[] = [];
  // One after the other: keys that are read for the first time take some milliseconds each.
  for (const partner of settings.partners) {
    const key = await keyStateOf(premises, partner, language);
    views.push({
      ...plainView(settings, partner),
      key,
      ...traveled(traffic.get(partner.id)),
      ...learned(store, partner.id),
    });
  }
  return views;
}

/** A partner with everything that is known of it. */
export async function partnerDetailsOf(
  premises: Premises,
  { settings, revision }: { settings: Settings; revision: string },
  partner: Partner,
  language: Language,
): Promise<PartnerDetails> {
  const [view] = await partnerViews(premises, { ...settings, partners: [partner] }, language);
  const [correspondent] = await keyringOf(premises).correspondents([partner]);
  const keys = await Promise.all(correspondent!.keys.map((armored) => readPublicKey(armored)));
  const there = new Set(keys.map((key) => key.info.fingerprint));
  return {
    ...view!,
    ...{ revision, settings: partner, position: settings.partners.indexOf(partner) },
    routes: settings.routes.filter((route) => route.to.includes(partner.id)).map((route) => route.id),
    keys: keys.map((key) => keyView(key, premises.clock.now(), language)),
    absentKeys: partner.fingerprints.filter((fingerprint) => !there.has(fingerprint)),
  };
}

function plainView({ mail }: Settings, partner: Partner) {
  const { id, name, address, ae_title, hold, legacy_crypto } = partner;
  const way = partner.smtp ? ('direct' as const) : mail.smtp ? ('server' as const) : ('none' as const);
  return { id, name, address, ae_title, hold, legacyCrypto: legacy_crypto, way };
}

const traveled = (row: PartnerTraffic | undefined) => ({
  sent_ms: row?.sent_ms ?? null,
  received_ms: row?.received_ms ?? null,
  underWay: row?.under_way ?? 0,
  stuck: row?.stuck ?? 0,
});

function learned(store: Store | undefined, id: string) {
  const accepts = store?.facts.get(id, 'accepts') ?? '';
  return {
    accepts: accepts.split(',').filter((word) => word !== ''),
    mailLimit_bytes: Number(store?.facts.get(id, 'mail_limit_bytes') ?? 0) || null,
  };
}

async function keyStateOf(premises: Premises, partner: Partner, language: Language): Promise<PartnerView['key']> {
  try {
    const { info } = await keyringOf(premises).encryptionKey(partner, premises.clock.now());
    const { fingerprint, expiresMs: expires_ms } = info;
    const isSoon = expires_ms !== null && expires_ms - premises.clock.now() < healthLimits.expires_soon_ms;
    return { state: isSoon ? 'expiring' : 'ok', fingerprint, expires_ms, message: null };
  } catch (error) {
    if (!(error instanceof RohrpostError) || !(error.code in codes)) throw error;
    const state = partner.fingerprints.length === 0 ? 'none' : 'unusable';
    const message = errorText(error.code, language, error.details);
    return { state, fingerprint: partner.fingerprints[0] ?? null, expires_ms: null, message };
  }
}
