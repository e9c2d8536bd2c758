import type { Language } from '../../../core/errors.ts';
import { language } from './texts.ts';

/** A JSON schema as far as ours use it, with what people read: English beside the German twin (`…_de`). */
export interface Schema {
  readonly type?: string;
  readonly title?: string;
  readonly title_de?: string;
  readonly description?: string;
  readonly description_de?: string;
  /** Words for the values of an enum. */
  readonly labels?: Readonly<Record<string, Readonly<Record<Language, string>>>>;
  /** The code of the sentence that says what is allowed; it tells the kinds of text apart. */
  readonly problem?: string;
  readonly default?: unknown;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

export type Group = Readonly<Record<string, unknown>>;

/** What a field is called: its title, or else the description that our short fields have instead. */
export function labelOf(schema: Schema, name: string): string {
  return titleOf(schema) ?? descriptionOf(schema) ?? name;
}

/** What stands below the label, where there is a title besides. */
export function hintOf(schema: Schema): string | undefined {
  const description = descriptionOf(schema);
  if (titleOf(schema) === undefined || titleOf(schema) === description) return undefined;
  // The descriptions are those of the file, in which a switch that is off is a `null`.
  return description?.replace('aus (null)', 'aus').replace(/(?<=; )null:/, 'off:');
}

function titleOf(schema: Schema): string | undefined {
  return (language.value === 'de' ? schema.title_de : undefined) ?? schema.title;
}

function descriptionOf(schema: Schema): string | undefined {
  return (language.value === 'de' ? schema.description_de : undefined) ?? schema.description;
}

/** The words for a value of an enum. */
export function wordOf(schema: Schema, value: string): string {
  return schema.labels?.[value]?.[language.value] ?? value;
}

export function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What there is to choose from besides null. */
export function branchesOf(schema: Schema): readonly Schema[] {
  return (schema.anyOf ?? []).filter((branch) => branch.type !== 'null');
}

export function takesNull(schema: Schema): boolean {
  return schema.anyOf?.some((branch) => branch.type === 'null') === true;
}

/** The branch of a union of kinds that a value is of; the first for what is of none. */
export function branchFor(branches: readonly Schema[], value: unknown): Schema {
  const kind = isGroup(value) ? value.kind : undefined;
  return branches.find((branch) => branch.properties?.kind?.const === kind) ?? branches[0]!;
}

/** What a new entry starts with: defaults, the first of each choice; undefined for what only a person can know. */
export function startOf(schema: Schema): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.properties) {
    const required = new Set(schema.required);
    const given = isGroup(schema.default) ? schema.default : {};
    const entries = Object.entries(schema.properties)
      .filter(([name, property]) => required.has(name) || property.default !== undefined)
      .map(([name, property]) => [name, given[name] ?? startOf(property)]);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }
  if (schema.default !== undefined) return structuredClone(schema.default);
  if (schema.type === 'array') return [];
  if (schema.type === 'boolean') return false;
  if (schema.enum) return schema.enum[0];
  if (takesNull(schema)) return null;
  return schema.anyOf ? startOf(schema.anyOf[0]!) : undefined;
}

/** What stays when an entry becomes one of another kind: what both have. */
export function asKind(branch: Schema, value: Group): Group {
  const fresh = startOf(branch) as Group;
  const common = Object.keys(branch.properties ?? {}).filter((name) => name !== 'kind' && value[name] !== undefined);
  return { ...fresh, ...Object.fromEntries(common.map((name) => [name, value[name]])) };
}

/** The unit that the end of a name says (`quiet_s`, `done_days`). */
export function unitOf(name: string): 's' | 'h' | 'days' | 'bytes' | undefined {
  const end = name.slice(name.lastIndexOf('_') + 1);
  return end === 's' || end === 'h' || end === 'days' || end === 'bytes' ? end : undefined;
}
