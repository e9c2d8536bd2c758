import {
  anything,
  group,
  list,
  nullable,
  oneOf,
  optional,
  pastedText,
  record,
  text,
  type ValueOf,
  yesNo,
} from '../../config/kinds.ts';
import type { Partner, Settings } from '../../config/schema.ts';
import { RohrpostError } from '../../core/errors.ts';
import { checkUsable, type PublicKey, readPublicKey } from '../../pgp/keys.ts';
import { partnerDetails, partnerDetailsOf, partnersAnswer, partnerViews } from '../partners/partner-view.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';
import { keyringOf, withSettings } from '../settings/open.ts';
import type { SettingsKeeper } from '../settings/save.ts';

const revision = text({ description: 'The revision of the settings that the change was made from' });
const byId = group({ id: text({ description: 'Id of the partner' }) }, { description: 'Which partner' });
const key = group(
  {
    armored: pastedText({ description: 'One public key, armored' }),
    compared: yesNo({
      description:
        'A person compared the fingerprint with the partner, by telephone or letter; without it no key is taken',
    }),
  },
  { description: 'A key and the word of a person that it is the partner’s' },
);
type GivenKey = ValueOf<typeof key>;

const adding = group(
  {
    revision,
    partner: anything({ description: 'Its settings, as in /api/settings; fingerprints come from the key' }),
    key: nullable(key, { description: 'Without one nothing can be sent to it yet', default: null }),
    accepts: list(oneOf(['batch', 'binary'], { description: 'A form of mails' }), {
      ...{ description: 'What its partner file says it takes', default: [], maxItems: 2 },
    }),
    secrets: optional(
      record(text({ description: 'A password', maxLength: 1000 }), { description: 'Passwords by their names' }),
    ),
  },
  { description: 'A new partner' },
);
const newKey = group({ revision, key }, { description: 'A further key of a partner' });
const removing = group({ revision }, { description: 'From which settings' });
const changed = group({ revision: text({ description: 'Of the settings now' }) }, { description: 'Done' });

const tags = ['partners'];
const admin = { right: 'admin' } as const;
const STALE = 'Where somebody else changed the settings since `revision`, the answer is 409 `config-stale`.';

/** The other sites. Their profiles are changed as settings are, by `PATCH /api/settings`. */
export function partnerRoutes(web: Web, premises: Premises, keeper: SettingsKeeper): void {
  web.get(
    '/api/partners',
    { config: { right: 'viewer' }, schema: { tags, summary: 'Partners', response: { 200: partnersAnswer } } },
    (request) =>
      withSettings(premises, async (open) => ({
        partners: await partnerViews(premises, open.current(), request.language),
      })),
  );
  web.get(
    '/api/partners/:id',
    {
      config: { right: 'operator' },
      schema: { tags, summary: 'A partner with its profile and keys', params: byId, response: { 200: partnerDetails } },
    },
    async (request) => {
      const now = await keeper.read();
      return partnerDetailsOf(premises, now, partnerIn(now.settings, request.params.id), request.language);
    },
  );
  web.post(
    '/api/partners',
    {
      config: admin,
      schema: { tags, summary: 'Adds a partner', description: STALE, body: adding, response: { 200: changed } },
    },
    async (request) => {
      const { revision: from, partner, key: given, accepts, secrets } = request.body;
      const added = (typeof partner === 'object' && partner !== null ? partner : {}) as Partner;
      const taken = given && (await expectCompared(premises, given, added.legacy_crypto === true));
      const subject = String(added.id ?? '').slice(0, 40);
      const change = (draft: Settings) => {
        if (draft.partners.some(({ id }) => id === added.id))
          throw new RohrpostError('id-taken', { details: { id: subject } });
        draft.partners.push({ ...added, fingerprints: taken ? [taken.info.fingerprint] : [] });
      };
      // The file first: a fingerprint in the settings whose key is not there would hold the first study.
      if (taken) await keyringOf(premises).importPublic(taken.armored);
      const now = await keeper.save({ revision: from, change, secrets, by: request.by, act: 'partner-add', subject });
      if (accepts.length > 0) {
        premises.box()?.store.facts.set(subject, 'accepts', accepts.join(','), premises.clock.now());
      }
      return { revision: now.revision };
    },
  );
  web.delete(
    '/api/partners/:id',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Removes a partner that nothing leads to and nothing is on its way to' },
        ...{ description: STALE, params: byId, body: removing, response: { 200: changed } },
      },
    },
    async (request) => {
      const { id } = request.params;
      const change = (draft: Settings) => {
        draft.partners.splice(draft.partners.indexOf(partnerIn(draft, id)), 1);
      };
      const { by } = request;
      const now = await keeper.save({ ...request.body, change, by, act: 'partner-remove', subject: id });
      return { revision: now.revision };
    },
  );
  keysOfPartner(web, premises, keeper);
}

function keysOfPartner(web: Web, premises: Premises, keeper: SettingsKeeper): void {
  web.post(
    '/api/partners/:id/keys',
    {
      config: admin,
      schema: {
        ...{
          tags,
          summary: 'Takes a key of a partner, to be encrypted to from now on; older ones stay for what is on its way',
        },
        ...{ description: STALE, params: byId, body: newKey, response: { 200: changed } },
      },
    },
    async (request) => {
      const { id } = request.params;
      const partner = partnerIn((await keeper.read()).settings, id);
      const taken = await expectCompared(premises, request.body.key, partner.legacy_crypto);
      await keyringOf(premises).importPublic(taken.armored);
      const { fingerprint } = taken.info;
      const change = (draft: Settings) => {
        const entry = partnerIn(draft, id);
        entry.fingerprints = [fingerprint, ...entry.fingerprints.filter((other) => other !== fingerprint)];
      };
      const { by } = request;
      const now = await keeper.save({
        ...{ revision: request.body.revision, change, by, act: 'partner-key', subject: id },
        details: { fingerprint },
      });
      return { revision: now.revision };
    },
  );
  web.delete(
    '/api/partners/:id/keys/:fingerprint',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Trusts a key of a partner no more', description: STALE },
        params: group(
          { id: text({ description: 'Id of the partner' }), fingerprint: text({ description: 'Of the key' }) },
          { description: 'Which key' },
        ),
        ...{ body: removing, response: { 200: changed } },
      },
    },
    async (request) => {
      const { id, fingerprint } = request.params;
      const change = (draft: Settings) => {
        const { fingerprints } = partnerIn(draft, id);
        const position = fingerprints.indexOf(fingerprint);
        if (position < 0) throw new RohrpostError('not-found');
        fingerprints.splice(position, 1);
      };
      const { by } = request;
      const now = await keeper.save({
        ...{ ...request.body, change, by, act: 'partner-key-remove', subject: id },
        details: { fingerprint },
      });
      return { revision: now.revision };
    },
  );
}

/**
 * Nobody's key is trusted before a person compared it, and none that cannot be used now would do.
 * @throws RohrpostError partner-key-not-compared, pgp-key-…
 */
async function expectCompared(premises: Premises, given: GivenKey, legacy: boolean): Promise<PublicKey> {
  if (!given.compared) throw new RohrpostError('partner-key-not-compared');
  const taken = await readPublicKey(given.armored);
  checkUsable(taken, 'encrypt', premises.clock.now(), legacy);
  return taken;
}

/** @throws RohrpostError id-unknown */
function partnerIn({ partners }: Settings, id: string): Partner {
  const partner = partners.find((candidate) => candidate.id === id);
  if (partner) return partner;
  const allowed = partners.map((candidate) => candidate.id).join(', ') || '-';
  throw new RohrpostError('id-unknown', { details: { id: id.slice(0, 40), allowed } });
}
