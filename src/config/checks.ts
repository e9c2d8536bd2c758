import type { ErrorCode } from '../core/errors.ts';
import type { Finding } from './examine.ts';
import type { Path } from './problems.ts';
import type { Settings } from './schema.ts';

/** Rules between settings that a schema cannot say: unique names, references that lead somewhere, pairs that belong together. */
export function crossChecks(settings: Settings): Finding[] {
  const findings: Finding[] = [];
  const add = (code: ErrorCode, path: Path, details: Finding['details']) =>
    findings.push({ code, path, details, at: 'value' });

  unique(add, list(settings.partners, 'partners', 'id'));
  unique(add, list(settings.routes, 'routes', 'id'));
  unique(add, list(settings.targets, 'targets', 'id'));
  unique(add, [
    ['site.ae_title', ['site', 'ae_title'], settings.site.ae_title],
    ...list(settings.partners, 'partners', 'ae_title'),
  ]);
  const ours: Entry = ['mail.address', ['mail', 'address'], settings.mail.address.toLowerCase()];
  unique(add, [ours, ...list(settings.partners, 'partners', 'address', (address) => address.toLowerCase())]);

  const partners = settings.partners.map((partner) => partner.id);
  settings.routes.forEach((route, index) => {
    route.to.forEach((to, position) => {
      if (partners.includes(to)) return;
      add('setting-unknown-partner', ['routes', index, 'to', position], { value: to, allowed: some(partners) });
    });
    const quiet_s = route.quiet_s ?? settings.settle.quiet_s;
    if ((route.cap_s ?? settings.settle.cap_s) < quiet_s) {
      const key = route.cap_s === undefined ? 'quiet_s' : 'cap_s';
      if (key === 'cap_s') add('setting-too-small', ['routes', index, key], { other: `quiet_s (${quiet_s})` });
      else add('setting-needs', ['routes', index, key], { other: `routes[${index}].cap_s` });
    }
  });
  const targets = settings.targets.map((target) => target.id);
  settings.partners.forEach((partner, index) => {
    partner.targets.forEach((target, position) => {
      if (targets.includes(target)) return;
      add('setting-unknown-target', ['partners', index, 'targets', position], {
        value: target,
        allowed: some(targets),
      });
    });
    unique(
      add,
      partner.fingerprints.map((value, n) => entry(['partners', index, 'fingerprints', n], value)),
    );
  });

  if (settings.settle.cap_s < settings.settle.quiet_s) {
    add('setting-too-small', ['settle', 'cap_s'], { other: `quiet_s (${settings.settle.quiet_s})` });
  }
  if (settings.disk.refuse_below_bytes < settings.disk.reserve_bytes) {
    const other = `reserve_bytes (${settings.disk.reserve_bytes})`;
    add('setting-too-small', ['disk', 'refuse_below_bytes'], { other });
  }
  pairs(add, settings);
  return findings;
}

type Add = (code: ErrorCode, path: Path, details: Finding['details']) => void;
type Entry = readonly [shown: string, path: Path, value: string];

function entry(path: Path, value: string): Entry {
  const shown = path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .slice(1);
  return [shown, path, value];
}

function list<Key extends string>(
  items: readonly Record<Key, string>[],
  name: string,
  key: Key,
  fold: (value: string) => string = (value) => value,
): Entry[] {
  return items.map((item, index) => entry([name, index, key], fold(item[key])));
}

function unique(add: Add, entries: readonly Entry[]): void {
  const seen = new Map<string, string>();
  for (const [shown, path, value] of entries) {
    const other = seen.get(value);
    if (other === undefined) seen.set(value, shown);
    else add('setting-duplicate', path, { value, other });
  }
}

/** A user name without password (or a key without certificate) is half a setting. */
function pairs(add: Add, settings: Settings): void {
  const both = (path: Path, group: Record<string, unknown> | null, one: string, other: string) => {
    if (group === null || (group[one] === undefined) === (group[other] === undefined)) return;
    const [given, missing] = group[one] === undefined ? [other, one] : [one, other];
    add('setting-needs', [...path, given], { other: missing });
  };
  both(['mail', 'smtp'], settings.mail.smtp, 'user', 'password');
  settings.partners.forEach((partner, index) => {
    both(['partners', index, 'smtp'], partner.smtp, 'user', 'password');
  });
  settings.targets.forEach((target, index) => {
    if (target.kind === 'dicom') both(['targets', index, 'tls'], target.tls, 'key_file', 'cert_file');
  });
}

const some = (names: readonly string[]) => names.join(', ') || '-';
