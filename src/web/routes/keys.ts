import { group, host, list, nullable, oneOf, pastedText, text, type ValueOf } from '../../config/kinds.ts';
import { pgpLimits } from '../../core/limits.ts';
import { findKeys } from '../../pgp/directory.ts';
import { type PublicKey, readPublicKey, readPublicKeys } from '../../pgp/keys.ts';
import { keyAnswer, keyView } from '../partners/key-view.ts';
import { readPartnerFile, writePartnerFile } from '../partners/partner-file.ts';
import { suggestPartner } from '../partners/suggest.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';
import { keyringOf, withSettings } from '../settings/open.ts';

const suggestion = group(
  {
    id: text({ description: 'Short name' }),
    name: text({ description: 'Name for people' }),
    address: text({ description: 'Mail address', maxLength: 254 }),
    ae_title: text({ description: 'AE title on our box' }),
    accepts: list(text({ description: 'Such as batch' }), { description: 'What the partner says it takes' }),
  },
  { description: 'What the file or the key says about the partner; nothing of it is proved' },
);
const foundAnswer = group(
  {
    keys: list(keyAnswer, { description: 'Keys; none of them is trusted or kept' }),
    partner: nullable(suggestion),
  },
  { description: 'What was found' },
);
export type FoundKeys = ValueOf<typeof foundAnswer>;

const given = group(
  {
    data: pastedText({
      description: 'A key (armored, or binary in base64) or a partner file',
      maxLength: 2 * pgpLimits.key_characters,
    }),
    encoding: oneOf(['text', 'base64'], { description: 'How the bytes are written here', default: 'text' }),
  },
  { description: 'What somebody sent' },
);
const wanted = group(
  {
    address: text({ description: 'A mail address; for key servers also a fingerprint', maxLength: 254 }),
    source: host({
      description: 'wkd (the web key directory of the address’s domain) or the host name of a key server',
      default: 'wkd',
    }),
  },
  { description: 'Whose key, and where to look' },
);

/** Keys: the box's own to be given away, and others' to be looked at before anybody trusts them. */
export function keyRoutes(web: Web, premises: Premises): void {
  const found = (keys: readonly PublicKey[], partner: FoundKeys['partner'], language: 'de' | 'en'): FoundKeys => ({
    keys: keys.map((key) => keyView(key, premises.clock.now(), language)),
    partner,
  });
  const suggest = (from: { name: string; address: string; ae_title?: string; accepts?: string[] }) =>
    withSettings(premises, (open) => ({
      ...suggestPartner(open.current(), from),
      accepts: from.accepts ?? [],
    })).catch(() => null);

  web.get(
    '/api/key',
    {
      config: { right: 'viewer' },
      schema: { tags: ['keys'], summary: 'The public key of this box', response: { 200: keyAnswer } },
    },
    async (request) =>
      keyView(await readPublicKey(await keyringOf(premises).ownPublic()), premises.clock.now(), request.language),
  );
  addFiles(web, premises);
  web.post(
    '/api/keys/read',
    {
      config: { right: 'admin' },
      schema: {
        ...{ tags: ['keys'], summary: 'What is in a key or partner file; nothing is kept' },
        ...{ body: given, response: { 200: foundAnswer } },
      },
    },
    async (request) => {
      const { data, encoding } = request.body;
      const bytes = Buffer.from(data, encoding === 'base64' ? 'base64' : 'utf8');
      const file = readPartnerFile(bytes);
      const keys = await readPublicKeys(file ? Buffer.from(file.key) : bytes);
      return found(keys, await suggest(file ?? ownerOf(keys[0]!)), request.language);
    },
  );
  web.post(
    '/api/keys/search',
    {
      config: { right: 'admin' },
      schema: {
        ...{ tags: ['keys'], summary: 'Looks for a key in a web key directory or on a key server; nothing is kept' },
        ...{ body: wanted, response: { 200: foundAnswer } },
      },
    },
    async (request) => {
      const { address, source } = request.body;
      const keys = await findKeys(
        address.trim(),
        source === 'wkd' ? { kind: 'wkd' } : { kind: 'server', host: source },
      );
      const owner = ownerOf(keys[0]!);
      const from = address.includes('@') ? { ...owner, address: address.trim() } : owner;
      return found(keys, await suggest(from), request.language);
    },
  );
}

/** What is given to partners: as files, to be put on a stick or into a mail. */
function addFiles(web: Web, premises: Premises): void {
  web.get(
    '/api/key/file',
    {
      config: { right: 'viewer' },
      schema: { tags: ['keys'], summary: 'The public key as a file', produces: ['application/pgp-keys'] },
    },
    async (_, reply) => {
      const armored = await keyringOf(premises).ownPublic();
      reply.type('application/pgp-keys').header('content-disposition', 'attachment; filename="rohrpost-key.asc"');
      return armored;
    },
  );
  web.get(
    '/api/key/partner-file',
    {
      config: { right: 'viewer' },
      schema: {
        ...{ tags: ['keys'], summary: 'The partner file of this box: name, address, key; for other boxes to read' },
        produces: ['application/json'],
      },
    },
    async (_, reply) => {
      const armored = await keyringOf(premises).ownPublic();
      const text = await withSettings(premises, (open) => writePartnerFile(open.current(), armored, ACCEPTS));
      reply.type('application/json').header('content-disposition', 'attachment; filename="rohrpost-partner.json"');
      return text;
    },
  );
}

/** As the box announces it in each mail (`X-ROHRPOST-ACCEPTS`). */
const ACCEPTS = ['batch', 'binary'];

/** The first user id, as a name and an address. */
function ownerOf(key: PublicKey): { name: string; address: string } {
  const id = key.info.userIds[0];
  if (id === undefined) return { name: '', address: '' };
  const match = /^(.*?)\s*<([^<>]+)>\s*$/.exec(id);
  if (match) return { name: match[1]!.replace(/[\x00-\x1f\x7f]/g, ' '), address: match[2]! };
  return id.includes('@') ? { name: '', address: id } : { name: id, address: '' };
}
