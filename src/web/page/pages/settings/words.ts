import { bytesText, spanText } from '../../lib/format.ts';
import { branchesOf, labelOf, type Schema, unitOf, wordOf } from '../../lib/schema.ts';
import { t } from '../../lib/texts.ts';
import { valueAt } from './changes.ts';

/** The schema of the setting at a path; undefined where the path leads nowhere. */
function schemaAt(schema: Schema, path: string): Schema | undefined {
  let at: Schema | undefined = schema;
  for (const step of path.split('.')) {
    if (at?.items) at = at.items;
    else at = candidates(at).find((branch) => branch.properties?.[step])?.properties?.[step];
    if (at === undefined) return undefined;
  }
  return at;
}

const candidates = (schema: Schema | undefined): readonly Schema[] =>
  schema === undefined ? [] : [schema, ...branchesOf(schema)];

/** A setting as people know it: its groups' labels and its own; entries of lists by their names. */
export function settingName(schema: Schema, settings: unknown, path: string): string {
  const steps = path.split('.');
  const names = steps.map((step, index) => {
    const own = steps.slice(0, index + 1).join('.');
    const parent = steps.slice(0, index).join('.');
    const isEntry = index > 0 && schemaAt(schema, parent)?.items !== undefined;
    const found = isEntry ? undefined : schemaAt(schema, own);
    if (found) return labelOf(found, step);
    const entry = valueAt(settings, own) as { name?: unknown } | undefined;
    return typeof entry?.name === 'string' ? entry.name : step;
  });
  return names.join(' › ');
}

/** A value in few words; what is long or made of parts is only hinted at. */
export function valueText(schema: Schema, path: string, value: unknown): string {
  if (value === undefined) return t('settings.value-none');
  if (value === null) return t('settings.value-off');
  if (typeof value === 'boolean') return value ? t('settings.value-yes') : t('settings.value-no');
  if (typeof value === 'number') return numberWords(path, value);
  if (typeof value === 'string') {
    if (value.startsWith('secret:')) return t('settings.value-password');
    return wordOf(schemaAt(schema, path) ?? {}, value) || t('settings.value-none');
  }
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
    return value.length === 0 ? t('settings.value-none') : value.join(', ').slice(0, 200);
  }
  const { name, id, host, kind } = value as Record<string, unknown>;
  const known = [name ?? id ?? host ?? kind].find((word) => typeof word === 'string');
  return typeof known === 'string' ? known : '…';
}

function numberWords(path: string, value: number): string {
  switch (unitOf(path)) {
    case 'bytes':
      return bytesText(value);
    case 's':
      return spanText(value * 1_000);
    case 'h':
      return spanText(value * 3_600_000);
    case 'days':
      return spanText(value * 86_400_000);
    default:
      return String(value);
  }
}
