import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { Details, ErrorCode } from '../core/errors.ts';
import { folderFields } from './kinds.ts';
import { MOST_PROBLEMS, type Path } from './problems.ts';

/** A problem before its line is known. `at` says whether the key or the value is to blame. */
export interface Finding {
  readonly code: ErrorCode;
  readonly path: Path;
  readonly details: Details;
  readonly at: 'key' | 'value';
}

/** A JSON schema as far as ours use it. */
export type SchemaNode = TSchema & {
  readonly type?: string;
  readonly anyOf?: SchemaNode[];
  readonly properties?: Record<string, SchemaNode>;
  readonly required?: string[];
  readonly additionalProperties?: boolean;
  readonly patternProperties?: Record<string, SchemaNode>;
  readonly items?: SchemaNode;
  readonly default?: unknown;
  readonly enum?: string[];
  readonly const?: string;
  readonly problem?: ErrorCode;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
};
type Group = Record<string, unknown>;

/** One comparison under way. */
interface Visit {
  readonly findings: Finding[];
  readonly coerce: boolean;
}

/**
 * Compares a value with its schema, collecting what is wrong (the first hundred problems), and gives back a copy in which missing
 * settings have their defaults. The copy is only usable when there are no findings. With `coerce`, texts become the
 * numbers, truth values and lists that the schema asks for: a query string knows only texts.
 */
export function examine(
  schema: TSchema,
  value: unknown,
  { coerce = false }: { coerce?: boolean } = {},
): { value: unknown; findings: Finding[] } {
  const findings: Finding[] = [];
  return { value: visit(schema as SchemaNode, value, [], { findings, coerce }), findings };
}

function visit(schema: SchemaNode, given: unknown, path: Path, v: Visit): unknown {
  const chosen = choose(schema, given);
  const value = v.coerce ? coerced(chosen, given) : given;
  if (chosen.type === 'null') return null;
  if (chosen.type === 'object') return (chosen.properties ? visitGroup : visitRecord)(chosen, value, path, v);
  if (chosen.type === 'array') return visitList(chosen, value, path, v);
  if (!Value.Check(chosen, value)) note(v, { ...leafProblem(chosen), path, at: 'value' });
  return value;
}

function note({ findings }: Visit, finding: Finding): void {
  if (findings.length < MOST_PROBLEMS) findings.push(finding);
}

/** The branch of a union that the value is meant for: null, or the group of its `kind`, or the only other one. */
export function choose(schema: SchemaNode, value: unknown): SchemaNode {
  const branches = schema.anyOf;
  if (branches === undefined) return schema;
  const others = branches.filter((branch) => branch.type !== 'null');
  if (value === null && others.length < branches.length) return { type: 'null' } as unknown as SchemaNode;
  if (others.length === 1) return others[0]!;
  const named = isGroup(value) ? others.find((branch) => kindOf(branch) === value.kind) : undefined;
  return named ?? onlyKind(others.map(kindOf));
}

/** What a text of a query string stands for where the schema asks for something else. */
function coerced(schema: SchemaNode, value: unknown): unknown {
  if (schema.type === 'array' && typeof value === 'string') return [value];
  if (typeof value !== 'string') return value;
  if (schema.type === 'integer' && /^-?\d{1,15}$/.test(value)) return Number(value);
  if (schema.type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

/** Stands for a union whose branch cannot be told: asks for the key `kind` and looks at nothing else. */
function onlyKind(kinds: string[]): SchemaNode {
  const kind = { enum: kinds, problem: 'setting-one-of' };
  return {
    type: 'object',
    required: ['kind'],
    properties: { kind },
    additionalProperties: true,
  } as unknown as SchemaNode;
}

function kindOf(branch: SchemaNode): string {
  return branch.properties!.kind!.const!;
}

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function visitGroup(schema: SchemaNode, value: unknown, path: Path, v: Visit): unknown {
  const properties = schema.properties!;
  const required = new Set(schema.required);
  const allowed = Object.keys(properties).join(', ');
  if (!isGroup(value)) {
    note(v, { code: 'setting-group', details: { allowed }, path, at: 'value' });
    return value;
  }
  const result: Group = {};
  if (schema.additionalProperties === false) {
    for (const key of Object.keys(value)) {
      if (Object.hasOwn(properties, key)) continue;
      note(v, { code: 'setting-unknown-key', details: { allowed }, path: [...path, key], at: 'key' });
    }
  }
  for (const [key, property] of Object.entries(properties)) {
    const given = value[key] === undefined ? structuredClone(property.default) : value[key];
    if (given !== undefined) result[key] = visit(property, given, [...path, key], v);
    else if (required.has(key)) note(v, { code: 'setting-missing', details: {}, path: [...path, key], at: 'key' });
  }
  return result;
}

/** Named values of one kind; the names are free. */
function visitRecord(schema: SchemaNode, value: unknown, path: Path, v: Visit): unknown {
  if (!isGroup(value)) {
    note(v, { code: 'setting-group', details: { allowed: '*' }, path, at: 'value' });
    return value;
  }
  const child = Object.values(schema.patternProperties!)[0]!;
  // `fromEntries` makes even `__proto__` a plain key.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, visit(child, item, [...path, key], v)]));
}

function visitList(schema: SchemaNode, value: unknown, path: Path, v: Visit): unknown {
  if (!Array.isArray(value)) {
    note(v, { code: 'setting-list', details: {}, path, at: 'value' });
    return value;
  }
  const minimum = schema.minItems!;
  const maximum = schema.maxItems!;
  if (value.length < minimum || value.length > maximum) {
    note(v, { code: 'setting-list-length', details: { minimum, maximum }, path, at: 'value' });
  }
  return value.slice(0, maximum).map((item, index) => visit(schema.items!, item, [...path, index], v));
}

function leafProblem(schema: SchemaNode): { code: ErrorCode; details: Details } {
  const code = schema.problem ?? 'setting-one-of';
  if (schema.enum || schema.const) return { code, details: { allowed: schema.enum?.join(', ') ?? schema.const } };
  if (code === 'setting-folder-pattern') return { code, details: { fields: fieldNames } };
  if (code === 'setting-text') return { code, details: { minimum: schema.minLength, maximum: schema.maxLength } };
  if (code === 'setting-integer') return { code, details: { minimum: schema.minimum, maximum: schema.maximum } };
  return { code, details: {} };
}

const fieldNames = folderFields.map((field) => `{${field}}`).join(' ');
