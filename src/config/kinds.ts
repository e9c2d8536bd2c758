import { type Static, type TSchema, Type } from 'typebox';
import type { ErrorCode } from '../core/errors.ts';

/**
 * The kinds of values that settings are made of. Each carries, beside its JSON schema, the code of the sentence that
 * says what is allowed (`problem`): one kind of value, one sentence, whichever of its rules was broken.
 */

type Options = { description: string; default?: unknown };

function pattern(problem: ErrorCode, regex: string, more: object = {}) {
  return (options: Options) => Type.String({ pattern: regex, problem, ...more, ...options });
}

const SLUG = '[a-z0-9][a-z0-9-]*';
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const IPV4 = `${OCTET}(?:\\.${OCTET}){3}`;
const IPV6 = '(?=[^:]*:[^:]*:)[0-9A-Fa-f:]{2,39}';

/** The fields that a folder pattern may name: none that names a patient. */
export const folderFields = ['date', 'modality', 'study_id', 'study_uid', 'series', 'accession', 'partner'] as const;

/** PS3.5 §6.2, value representation AE: default repertoire without backslash and control characters, not only spaces. */
export const aeTitle = pattern('setting-ae-title', '^(?! )[\\x20-\\x5b\\x5d-\\x7e]{1,16}(?<! )$');
/** A dot-atom address (RFC 5321 §4.1.2 without quoted strings and address literals): nothing a parser could read twice. */
export const address = pattern(
  'setting-address',
  `^(?=[^@]{1,64}@)[A-Za-z0-9_+=~-]+(?:\\.[A-Za-z0-9_+=~-]+)*@(?:${LABEL}\\.)*${LABEL}$`,
  { maxLength: 254 },
);
export const host = pattern('setting-host', `^(?:${LABEL}(?:\\.${LABEL})*\\.?|${IPV4}|${IPV6})$`, { maxLength: 253 });
export const network = pattern(
  'setting-network',
  `^(?:${IPV4}(?:/(?:3[0-2]|[12]?[0-9]))?|${IPV6}(?:/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9]))?)$`,
);
/** An address of this machine, with its network's prefix length or mask. */
export const interfaceAddress = pattern(
  'setting-interface',
  `^(?:${IPV4}/(?:${IPV4}|3[0-2]|[12]?[0-9])|${IPV6}/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9]))$`,
);
export const ipAddress = pattern('setting-ip', `^(?:${IPV4}|${IPV6})$`);
/** A host name without its domain (RFC 1123 §2.1), in the letters that mDNS and DHCP servers agree on. */
export const hostLabel = pattern('setting-host-label', '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$');
export const id = pattern('setting-id', `^${SLUG}$`, { maxLength: 40 });
/** In capitals only, so that one key has one spelling everywhere (file names, tables, comparisons). */
export const fingerprint = pattern('setting-fingerprint', '^[0-9A-F]{40}$');
/**
 * Refers to an entry of the secret store; a password itself is refused, and so are the entries that are the box's own
 * (`isOwnSecret`): a mail server must not be told the passphrase of our key, and a setting that goes takes its secret along.
 */
export const secret = pattern('setting-secret', `^secret:(?!own-key$|totp-)${SLUG}$`, { maxLength: 71 });
export const path = pattern('setting-path', '^/(?!.*(?:^|/)\\.\\.(?:/|$))[^\\x00-\\x1f\\x7f]*$', { maxLength: 1000 });
export const shareName = pattern('setting-share', '^[\\p{L}0-9_](?:[\\p{L}0-9_. -]{0,78}[\\p{L}0-9_.$-])?$');
export const account = pattern('setting-account', '^[^\\x00-\\x1f\\x7f"/\\\\\\[\\]:;|=,+*?<>%]{1,104}$');
/** The name of an account of the page: typed at every log-in, on any keyboard. */
export const userName = pattern('setting-user-name', '^[A-Za-z0-9](?:[A-Za-z0-9._@-]{0,38}[A-Za-z0-9])?$', {
  maxLength: 40,
});
export const mailFolder = pattern('setting-mail-folder', '^[^\\x00-\\x1f\\x7f*%]{1,100}$');
export const modality = pattern('setting-modality', '^[A-Z0-9_]{1,16}$');
export const folderPattern = pattern(
  'setting-folder-pattern',
  `^(?!/)(?!.*//)(?!.*\\.\\.)(?:[A-Za-z0-9_./-]|\\{(?:${folderFields.join('|')})\\})+(?<!/)$`,
  { maxLength: 200 },
);

/** A folder or a place on a web server; always over TLS, and without user, query and fragment: it is shown and logged. */
export const httpsUrl = pattern(
  'setting-https-url',
  `^https://(?:${LABEL}(?:\\.${LABEL})*|${IPV4}|\\[${IPV6}\\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~%+-]{1,200}){0,20}/?$`,
  { maxLength: 1000 },
);
export const timeOfDay = pattern('setting-time-of-day', '^(?:[01][0-9]|2[0-3]):[0-5][0-9]$');
/** A name of the IANA time zone database; whether it is known, `checks.ts` looks up. */
export const timeZone = pattern('setting-time-zone', '^[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}$', {
  maxLength: 40,
});

/** Text of a fixed form, in what programs say to each other. */
export function formed(regex: string, options: Options & { minLength?: number; maxLength?: number }) {
  return Type.String({ pattern: regex, problem: 'setting-text', minLength: 1, maxLength: 1000, ...options });
}

/** One line of text for people. */
export function text(options: Options & { minLength?: number; maxLength?: number }) {
  const maxLength = options.maxLength ?? 100;
  return Type.String({
    pattern: '^[^\\x00-\\x1f\\x7f]*$',
    problem: 'setting-text',
    minLength: 1,
    ...options,
    maxLength,
  });
}

/** Text of many lines, as it is pasted from a file: a certificate, a key. */
export function pastedText(options: Options & { minLength?: number; maxLength?: number }) {
  return Type.String({ problem: 'setting-pasted-text', minLength: 1, maxLength: 1_000_000, ...options });
}

export function integer(minimum: number, maximum: number, options: Options) {
  return Type.Integer({ minimum, maximum, problem: 'setting-integer', ...options });
}

export function yesNo(options: Options) {
  return Type.Boolean({ problem: 'setting-boolean', ...options });
}

export function oneOf<Value extends string>(values: readonly Value[], options: Options) {
  // The library types an enum of an array as plain strings; the settings know better.
  return Type.Unsafe<Value>(Type.Enum([...values], { problem: 'setting-one-of', ...options }));
}

export const port = (options: Options) => integer(1, 65_535, options);
/** A port to listen on; 0 takes any free one (for trials). */
export const listenPort = (options: Options) => integer(0, 65_535, options);

/** A group of keys; others are refused. */
export function group<Properties extends Record<string, TSchema>>(properties: Properties, options: Options) {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

/** A group of keys; others are passed over: a newer peer may say more than we know. */
export function openGroup<Properties extends Record<string, TSchema>>(properties: Properties, options: Options) {
  return Type.Object(properties, { additionalProperties: true, ...options });
}

export function list<Item extends TSchema>(item: Item, options: Options & { minItems?: number; maxItems?: number }) {
  return Type.Array(item, { minItems: 0, maxItems: 1000, ...options });
}

/** Off (`null`, the default) or a group of keys. */
export function orNull<Schema extends TSchema>(schema: Schema, options: Options) {
  return Type.Union([Type.Null(), schema], { default: null, ...options });
}

/** A key that may be left out. */
export const optional = Type.Optional;

/** Any JSON value; for what has a schema of its own elsewhere. */
export const anything = (options: Options) => Type.Unknown(options);

/** Named values of one kind. */
export function record<Value extends TSchema>(value: Value, options: Options) {
  return Type.Record(Type.String(), value, options);
}

/** A value, or null. */
export function nullable<Schema extends TSchema>(schema: Schema, options: Partial<Options> = {}) {
  return Type.Union([schema, Type.Null()], options);
}

/** What a schema describes, as a type. */
export type { TSchema };
export type ValueOf<Schema extends TSchema> = Static<Schema>;
