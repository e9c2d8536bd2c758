import { type Difference, differences } from '../../config/paths.ts';
import { checkSettings } from '../../config/read.ts';
import type { Settings } from '../../config/schema.ts';
import type { Secrets } from '../../config/secrets.ts';
import type { OpenSettings } from '../../config/settings.ts';
import { RohrpostError } from '../../core/errors.ts';
import type { AuditDetails } from '../../store/desk/audit.ts';
import type { Premises } from '../premises.ts';
import { withSettings } from './open.ts';
import { type Current, StaleError } from './stale.ts';
import { openVersions, type Versions } from './versions.ts';

export interface SettingsChange {
  /** Of the settings that the change was made from. */
  revision: string;
  /** Whole settings, or what makes a copy of the current ones into new ones. */
  change: object | ((draft: Settings) => void);
  /** Passwords by the name under which the settings refer to them. */
  secrets?: Readonly<Record<string, string>> | undefined;
  by: string;
  /** What the audit calls it. */
  act?: 'settings-change' | 'partner-add' | 'partner-key' | 'partner-key-remove' | 'partner-remove';
  subject?: string;
  details?: AuditDetails;
}

/** The one way in which the page reads and changes settings. */
export interface SettingsKeeper {
  /** The settings as they are, to be changed. @throws RohrpostError box-not-set-up, config-… */
  read(): Promise<Current>;
  /**
   * All or nothing, passwords included. What no setting refers to any more is forgotten. The audit names the settings that
   * are others now, never their values.
   * @throws StaleError (`config-stale`), SettingsError (`config-invalid`), RohrpostError id-in-use, id-under-way, secret-…, config-busy,
   *   disk-error
   */
  save(change: SettingsChange): Promise<Current>;
}

export function settingsKeeper(premises: Premises): SettingsKeeper {
  const versions = openVersions();
  let queue: Promise<unknown> = Promise.resolve();
  return {
    read: () =>
      withSettings(premises, (open) => {
        const now = { settings: open.current(), revision: open.revision() };
        versions.seen(now);
        return now;
      }),
    // One after the other: a change that fails puts back the passwords that it found.
    save: (change) => {
      const result = queue.then(() => withSettings(premises, (open) => save(premises, versions, open, change)));
      queue = result.catch(() => {});
      return result;
    },
  };
}

async function save(premises: Premises, versions: Versions, open: OpenSettings, o: SettingsChange): Promise<Current> {
  const before = open.current();
  refuseStale(open, versions, o.revision);
  const draft = structuredClone(typeof o.change === 'function' ? before : o.change);
  if (typeof o.change === 'function') o.change(draft as Settings);
  refuseInUse(premises, before, draft);
  const after = checkSettings(draft);
  const secrets = usedOf(o.secrets ?? {}, after);
  const restore = await putSecrets(premises.secrets, secrets);
  const revision = await open.save(after, o.revision).catch(async (error) => {
    await restore();
    if (error instanceof RohrpostError && error.code === 'config-stale') refuseStale(open, versions, o.revision);
    throw error;
  });
  await forgetUnused(premises.secrets, before, after);
  note(premises, versions, { ...o, secrets, revision }, differences(before, after));
  const now = { settings: open.current(), revision };
  versions.seen(now);
  // A box that could not start may be able to now.
  if (!premises.box()) await premises.begin().catch(() => {});
  return now;
}

function refuseStale(open: OpenSettings, versions: Versions, from: string): void {
  const now = { settings: open.current(), revision: open.revision() };
  if (now.revision === from) return;
  const changed = versions.since(from, now);
  versions.seen(now);
  throw new StaleError({ ...now, changed });
}

/** Partners and targets that the new settings have no more, but still refer to, or that something is on its way to. */
function refuseInUse(premises: Premises, before: Settings, draft: object): void {
  const { partners, routes, targets } = draft as Partial<Settings>;
  const gone = (list: readonly { id: string }[], now: unknown) =>
    Array.isArray(now) ? list.map(({ id }) => id).filter((id) => !now.some((entry) => entry?.id === id)) : [];
  const users = (of: unknown, key: 'to' | 'targets', id: string) =>
    Array.isArray(of) ? of.filter((entry) => Array.isArray(entry?.[key]) && entry[key].includes(id)) : [];
  const refuse = (id: string, found: readonly { id: string }[]) => {
    if (found.length === 0) return;
    throw new RohrpostError('id-in-use', { details: { id, users: found.map((user) => user.id).join(', ') } });
  };
  const traffic = premises.box()?.store.traffic;
  const gonePartners = gone(before.partners, partners);
  for (const id of gonePartners) refuse(id, users(routes, 'to', id));
  const goneTargets = gone(before.targets, targets);
  for (const id of goneTargets) refuse(id, users(partners, 'targets', id));
  if (gonePartners.length > 0) {
    const underWay = new Map(traffic?.ofPartners().map((row) => [row.partner_id, row.under_way]));
    for (const id of gonePartners) refuseUnderWay(id, underWay.get(id));
  }
  if (goneTargets.length > 0) {
    const waiting = traffic?.waitingForTargets();
    for (const id of goneTargets) refuseUnderWay(id, waiting?.get(id));
  }
}

function refuseUnderWay(id: string, count = 0): void {
  if (count > 0) throw new RohrpostError('id-under-way', { details: { id, count } });
}

/** A password that was typed for what is switched off after all is not kept. */
function usedOf(secrets: Readonly<Record<string, string>>, after: Settings): Record<string, string> {
  const used = secretsOf(after);
  return Object.fromEntries(Object.entries(secrets).filter(([name]) => used.has(name)));
}

/** Stores the passwords; gives back what undoes it. */
async function putSecrets(secrets: Secrets, given: Readonly<Record<string, string>>): Promise<() => Promise<void>> {
  const old = new Map<string, string | null>();
  const restore = async () => {
    for (const [name, value] of old) await (value === null ? secrets.delete(name) : secrets.set(name, value));
  };
  try {
    for (const [name, value] of Object.entries(given)) {
      const before = await secrets.find(name);
      await secrets.set(name, value);
      old.set(name, before);
    }
  } catch (error) {
    await restore();
    throw error;
  }
  return restore;
}

async function forgetUnused(secrets: Secrets, before: Settings, after: Settings): Promise<void> {
  const used = secretsOf(after);
  for (const name of secretsOf(before)) if (!used.has(name)) await secrets.delete(name);
}

/** The names of the secrets that settings refer to. */
export function secretsOf(value: unknown): Set<string> {
  if (typeof value === 'string') return new Set(/^secret:(.+)$/.exec(value)?.slice(1));
  if (typeof value !== 'object' || value === null) return new Set();
  return new Set(Object.values(value).flatMap((child) => [...secretsOf(child)]));
}

const LISTED = 40;

function note(premises: Premises, versions: Versions, o: SettingsChange, changed: readonly Difference[]): void {
  const at_ms = premises.clock.now();
  const paths = changed.map(({ path }) => path);
  const secrets = Object.keys(o.secrets ?? {});
  if (paths.length === 0 && secrets.length === 0) return;
  versions.saved({ revision: o.revision, by: o.by, at_ms, paths });
  const more = paths.length > LISTED ? `, … (${paths.length})` : '';
  premises.desk.audit.add({
    by: o.by,
    act: o.act ?? 'settings-change',
    subject: o.subject ?? '',
    details: {
      ...(paths.length > 0 && { settings: paths.slice(0, LISTED).join(', ') + more }),
      ...(secrets.length > 0 && { passwords: secrets.join(', ') }),
      ...o.details,
    },
    now_ms: at_ms,
  });
}
