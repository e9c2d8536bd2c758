import { isDeepStrictEqual } from 'node:util';
import { RohrpostError } from '../core/errors.ts';

/** Paths to single settings, as people write them: `mail.smtp.port`, `partners.sued.hold`, `routes.0.to`. */

type Group = Record<string, unknown>;

const STEP = /^[a-z0-9][a-z0-9_-]*$/;

/** @throws RohrpostError setting-path-unfit */
export function pathSteps(path: string): string[] {
  const steps = path.replace(/\[([^\]]+)\]/g, '.$1').split('.');
  if (steps.every((step) => STEP.test(step))) return steps;
  throw unfit(path);
}

/**
 * Puts a value at a path; groups that are off (null) are switched on. Entries of lists are named by their id or position; one
 * that is not there yet is added under the id it has itself. What may stand there, the schema says when the draft is saved.
 * @throws RohrpostError setting-path-unfit, id-unknown
 */
export function setAt(draft: Group, steps: readonly string[], value: unknown): void {
  const at = parentOf(draft, steps);
  const last = steps.at(-1)!;
  const isNewEntry = Array.isArray(at) && idOf(value) === last && !at.some((item) => idOf(item) === last);
  if (isNewEntry) at.push(value);
  else (at as Group)[keyIn(at, last)] = value;
}

/**
 * Takes an entry out of a list, or a setting away so that its default holds.
 * @throws RohrpostError setting-path-unfit, id-unknown
 */
export function removeAt(draft: Group, steps: readonly string[]): void {
  const at = parentOf(draft, steps);
  const key = keyIn(at, steps.at(-1)!);
  if (Array.isArray(at)) at.splice(Number(key), 1);
  else delete (at as Group)[key];
}

/** A setting that is not the same in two versions; undefined stands for one that is not there. */
export interface Difference {
  path: string;
  before: unknown;
  after: unknown;
}

/** What differs between two versions of the settings, each at the deepest path that both versions have. */
export function differences(before: unknown, after: unknown, path = ''): Difference[] {
  if (isDeepStrictEqual(before, after)) return [];
  const [was, is] = [childrenOf(before), childrenOf(after)];
  const step = (key: string) => (path === '' ? key : `${path}.${key}`);
  if (was === null || is === null) return [{ path, before, after }];
  const keys = [...new Set([...was.keys(), ...is.keys()])];
  const found = keys.flatMap((key) => differences(was.get(key), is.get(key), step(key)));
  // The same entries in another order.
  return found.length > 0 ? found : [{ path, before, after }];
}

/** The members of a group, or of a list whose entries have ids; null for all else, which is compared as a whole. */
function childrenOf(value: unknown): Map<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const ids = value.map(idOf);
  return ids.every((id) => typeof id === 'string') ? new Map(value.map((item, n) => [ids[n] as string, item])) : null;
}

function idOf(item: unknown): unknown {
  return typeof item === 'object' && item !== null ? (item as Group).id : undefined;
}

/** The group or list that holds the last step. */
function parentOf(draft: Group, steps: readonly string[]): unknown {
  let at: unknown = draft;
  for (const step of steps.slice(0, -1)) {
    const group = at as Group;
    const key = keyIn(at, step);
    const next = Object.hasOwn(group, key) ? group[key] : undefined;
    if (next === undefined || next === null) group[key] = {};
    else if (typeof next !== 'object') throw unfit(steps.join('.'));
    at = group[key];
  }
  return at;
}

const keyIn = (at: unknown, step: string) => (Array.isArray(at) ? positionOf(at, step) : step);

/** Every setting on a line of its own, `path = value`, as `settings set` takes it. */
export function settingLines(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [`${path} = ${JSON.stringify(value)}`];
  const entries = Array.isArray(value)
    ? value.map((item, index) => [(item as Group | null)?.id ?? index, item] as const)
    : Object.entries(value);
  if (entries.length === 0) return [`${path} = ${Array.isArray(value) ? '[]' : '{}'}`];
  const isPlain = Array.isArray(value) && value.every((item) => typeof item !== 'object');
  if (isPlain) return [`${path} = ${JSON.stringify(value)}`];
  return entries.flatMap(([key, child]) => settingLines(child, path === '' ? String(key) : `${path}.${key}`));
}

function positionOf(list: readonly unknown[], step: string): string {
  const byId = list.findIndex((item) => idOf(item) === step);
  if (byId >= 0) return String(byId);
  if (/^\d+$/.test(step) && Number(step) <= list.length) return step;
  const ids = list.map((item) => String((item as Group | null)?.id ?? '')).filter((id) => id !== '');
  throw new RohrpostError('id-unknown', { details: { id: step, allowed: ids.join(', ') || '-' } });
}

function unfit(path: string): RohrpostError {
  return new RohrpostError('setting-path-unfit', { details: { path: path.slice(0, 100) } });
}
