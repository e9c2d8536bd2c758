import type { ErrorCode } from '../core/errors.ts';
import type { Finding } from './examine.ts';
import { MOST_PROBLEMS, type Path, pathText } from './problems.ts';
import type { Settings } from './schema.ts';

type Add = (code: ErrorCode, path: Path, details: Finding['details']) => void;
type Named = readonly [path: Path, name: string];

/** Rules between settings that a schema cannot say: unique names, references that lead somewhere, pairs. The first hundred problems. */
export function crossChecks(settings: Settings): Finding[] {
  const findings: Finding[] = [];
  const add: Add = (code, path, details) => {
    if (findings.length < MOST_PROBLEMS) findings.push({ code, path, details, at: 'value' });
  };
  names(add, settings);
  references(add, settings);
  times(add, settings);
  pairs(add, settings);
  zone(add, settings);
  return findings;
}

function names(add: Add, { site, mail, partners, routes, targets, alarms }: Settings): void {
  const column = <Key extends string>(list: string, items: readonly Record<Key, string>[], key: Key): Named[] =>
    items.map((item, index) => [[list, index, key], item[key]]);
  unique(add, column('partners', partners, 'id'));
  unique(add, column('routes', routes, 'id'));
  unique(add, column('targets', targets, 'id'));
  unique(add, [[['site', 'ae_title'], site.ae_title], ...column('partners', partners, 'ae_title')]);
  // What is wrong with this box is no partner's business, nor has the box any use for it.
  const called = alarms.mail_to.map((address, index): Named => [['alarms', 'mail_to', index], address]);
  const addresses: Named[] = [
    [['mail', 'address'], mail.address],
    ...column('partners', partners, 'address'),
    ...called,
  ];
  unique(
    add,
    addresses.map(([path, address]) => [path, address.toLowerCase()]),
  );
  partners.forEach(({ fingerprints }, index) => {
    unique(
      add,
      fingerprints.map((fingerprint, position) => [['partners', index, 'fingerprints', position], fingerprint]),
    );
  });
}

function unique(add: Add, list: readonly Named[]): void {
  const seen = new Map<string, Path>();
  for (const [path, value] of list) {
    const other = seen.get(value);
    if (other === undefined) seen.set(value, path);
    else add('setting-duplicate', path, { value, other: pathText(other) });
  }
}

function references(add: Add, { partners, routes, targets }: Settings): void {
  const among = (ids: readonly string[], code: ErrorCode) => {
    const known = new Set(ids);
    const allowed = ids.join(', ') || '-';
    return (value: string, path: Path) => {
      if (!known.has(value)) add(code, path, { value, allowed });
    };
  };
  const isPartner = among(ids(partners), 'setting-unknown-partner');
  const isTarget = among(ids(targets), 'setting-unknown-target');
  routes.forEach((route, index) => {
    route.to.forEach((to, position) => {
      isPartner(to, ['routes', index, 'to', position]);
    });
  });
  partners.forEach((partner, index) => {
    partner.targets.forEach((target, position) => {
      isTarget(target, ['partners', index, 'targets', position]);
    });
  });
}

const ids = (items: readonly { id: string }[]) => items.map((item) => item.id);

function times(add: Add, { settle, routes }: Settings): void {
  const notBelow = (path: Path, value: number, name: string, least: number) => {
    if (value < least) add('setting-too-small', path, { other: `${name} (${least})` });
  };
  notBelow(['settle', 'cap_s'], settle.cap_s, 'quiet_s', settle.quiet_s);
  routes.forEach(({ quiet_s = settle.quiet_s, cap_s }, index) => {
    if (cap_s !== undefined) notBelow(['routes', index, 'cap_s'], cap_s, 'quiet_s', quiet_s);
    else if (settle.cap_s < quiet_s) add('setting-needs', ['routes', index, 'quiet_s'], { other: 'cap_s' });
  });
}

/** A user name without password (or a key without certificate) is half a setting. */
function pairs(add: Add, { mail, partners, targets, alarms }: Settings): void {
  if (alarms.mail_to.length > 0 && !mail.smtp) add('setting-needs', ['alarms', 'mail_to'], { other: 'mail.smtp' });
  const both = (path: Path, group: Record<string, unknown> | null, one: string, other: string) => {
    if (group === null || (group[one] === undefined) === (group[other] === undefined)) return;
    const [given, missing] = group[one] === undefined ? [other, one] : [one, other];
    add('setting-needs', [...path, given], { other: missing });
  };
  both(['mail', 'smtp'], mail.smtp, 'user', 'password');
  partners.forEach((partner, index) => {
    both(['partners', index, 'smtp'], partner.smtp, 'user', 'password');
  });
  targets.forEach((target, index) => {
    if (target.kind === 'dicom') both(['targets', index, 'tls'], target.tls, 'key_file', 'cert_file');
  });
}

function zone(add: Add, { update }: Settings): void {
  const { time_zone } = update.window;
  if (time_zone === null) return;
  try {
    new Intl.DateTimeFormat('en', { timeZone: time_zone });
  } catch {
    add('setting-time-zone', ['update', 'window', 'time_zone'], {});
  }
}
