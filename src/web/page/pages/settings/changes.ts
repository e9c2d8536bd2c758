/** One change as `PATCH /api/settings` takes it. */
export interface Change {
  readonly path: string;
  readonly value?: unknown;
  readonly remove?: true;
}

type Group = Readonly<Record<string, unknown>>;

const ID = /^[a-z0-9][a-z0-9-]*$/;

/**
 * What makes `after` of `before`, each at its deepest path: whoever changed another setting meanwhile loses nothing. Entries
 * of lists are named by their id; a new one without a fit id by its place, so that the box can say what is wrong with it.
 */
export function changesBetween(before: unknown, after: unknown, path = ''): Change[] {
  if (isSame(before, after)) return [];
  const step = (key: string) => (path === '' ? key : `${path}.${key}`);
  if (isGroup(before) && isGroup(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) =>
      after[key] === undefined
        ? before[key] === undefined
          ? []
          : [{ path: step(key), remove: true as const }]
        : changesBetween(before[key], after[key], step(key)),
    );
  }
  return listChanges(before, after, step) ?? [{ path, value: after }];
}

/** Null where the lists must be compared as a whole: their entries have no ids, or stand in another order. */
function listChanges(before: unknown, after: unknown, step: (key: string) => string): Change[] | null {
  if (!hasIds(before) || !Array.isArray(after) || !after.every(isGroup)) return null;
  const stay = before.filter(({ id }) => after.some((entry) => entry.id === id));
  if (!stay.every(({ id }, index) => after[index]?.id === id)) return null;
  const gone = before.filter((entry) => !stay.includes(entry));
  return [
    ...stay.flatMap((entry, index) => changesBetween(entry, after[index], step(entry.id))),
    ...gone.map(({ id }) => ({ path: step(id), remove: true as const })),
    ...after.slice(stay.length).map((entry, index) => {
      const { id } = entry;
      const isFit = typeof id === 'string' && ID.test(id) && after.filter((other) => other.id === id).length === 1;
      return { path: step(isFit ? id : String(stay.length + index)), value: entry };
    }),
  ];
}

/** The settings with these changes made, as the box would make them. */
export function withChanges<T>(settings: T, changes: readonly Change[]): T {
  const draft = structuredClone(settings);
  for (const { path, value, remove } of changes) {
    const steps = path.split('.');
    const last = steps.pop()!;
    let at = draft as Record<string, unknown>;
    for (const name of steps) {
      const key = keyIn(at, name);
      if (typeof at[key] !== 'object' || at[key] === null) at[key] = {};
      at = at[key] as Record<string, unknown>;
    }
    const key = keyIn(at, last);
    if (remove && Array.isArray(at)) at.splice(Number(key), 1);
    else if (remove) delete at[key];
    else at[key] = value;
  }
  return draft;
}

/** Do two paths name the same setting, or one a part of the other? */
export function isTouched(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);
}

/** What stands at a path; undefined where nothing does. */
export function valueAt(settings: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, name) => (isObject(at) ? at[keyIn(at, name)] : undefined), settings);
}

/** The position of a list's entry, or of the end for one that is new; the key itself in a group. */
function keyIn(at: object, name: string): string {
  if (!Array.isArray(at)) return name;
  const byId = at.findIndex((entry) => isGroup(entry) && entry.id === name);
  return String(byId >= 0 ? byId : /^\d+$/.test(name) && Number(name) <= at.length ? Number(name) : at.length);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isGroup = (value: unknown): value is Group => isObject(value) && !Array.isArray(value);

function hasIds(value: unknown): value is (Group & { id: string })[] {
  return Array.isArray(value) && value.every((entry) => isGroup(entry) && typeof entry.id === 'string');
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((entry, index) => isSame(entry, other[index]));
  }
  if (!isGroup(one) || !isGroup(other)) return false;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => isSame(one[key], other[key]));
}
