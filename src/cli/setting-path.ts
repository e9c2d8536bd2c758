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
 * Puts a value at a path; groups that are off (null) are switched on. Entries of lists are named by their id or position.
 * What may stand there, the schema says when the draft is saved.
 * @throws RohrpostError setting-path-unfit, id-unknown
 */
export function setAt(draft: Group, steps: readonly string[], value: unknown): void {
  let at: unknown = draft;
  for (const [index, step] of steps.entries()) {
    const last = index === steps.length - 1;
    const group = at as Group;
    const key = Array.isArray(at) ? positionOf(at, step) : step;
    if (last) {
      group[key] = value;
      return;
    }
    const next = Object.hasOwn(group, key) ? group[key] : undefined;
    if (next === undefined || next === null) group[key] = {};
    else if (typeof next !== 'object') throw unfit(steps.join('.'));
    at = group[key];
  }
}

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
  const byId = list.findIndex((item) => typeof item === 'object' && item !== null && (item as Group).id === step);
  if (byId >= 0) return String(byId);
  if (/^\d+$/.test(step) && Number(step) <= list.length) return step;
  const ids = list.map((item) => String((item as Group | null)?.id ?? '')).filter((id) => id !== '');
  throw new RohrpostError('id-unknown', { details: { id: step, allowed: ids.join(', ') || '-' } });
}

function unfit(path: string): RohrpostError {
  return new RohrpostError('setting-path-unfit', { details: { path: path.slice(0, 100) } });
}
