import type { Static, TSchema } from 'typebox';
import type { Text } from '../core/texts.ts';
import type { SchemaNode } from './examine.ts';

/**
 * What people read about a setting beside the English description that stands in the schema: a short label, the German of
 * the description, and names for the values that it may have. The types follow the schema, so a missing text is a type error.
 */
export interface Said {
  readonly title: Text;
  /** The German of the schema's `description`. */
  readonly de: string;
}

type Fields<T> = { readonly [Key in keyof T]-?: SaidOf<Exclude<T[Key], null | undefined>> };
type GroupSaid<T> = Said & { readonly fields: Fields<T> };

export type SaidOf<T> = [T] extends [string]
  ? string extends T
    ? Said
    : Said & { readonly values: Readonly<Record<T, Text>> }
  : [T] extends [readonly (infer Item)[]]
    ? Said & { readonly item: SaidOf<Item> }
    : [T] extends [{ kind: string }]
      ? Said & { readonly kinds: { readonly [Kind in T['kind']]: GroupSaid<Extract<T, { kind: Kind }>> } }
      : [T] extends [object]
        ? GroupSaid<T>
        : Said;

interface Loose extends Said {
  readonly values?: Readonly<Record<string, Text>>;
  readonly fields?: Readonly<Record<string, Loose>>;
  readonly kinds?: Readonly<Record<string, Loose>>;
  readonly item?: Loose;
}

/** Label and German description of one setting. */
export function said(de: string, en: string, description_de: string): Said {
  return { title: { de, en }, de: description_de };
}

/**
 * A schema with its texts: `title`, `title_de`, `description_de` at every group, list and setting, and `labels`
 * (`{ value: { de, en } }`) where values have names. It checks exactly what it checked before.
 */
export function withTexts<Schema extends TSchema>(schema: Schema, texts: SaidOf<Static<Schema>>): Schema {
  return dress(schema as unknown as SchemaNode, texts as unknown as Loose) as unknown as Schema;
}

function dress(schema: SchemaNode, { title, de, values, fields, kinds, item }: Loose): SchemaNode {
  // Copied with what the schema library keeps out of sight.
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(schema)) as SchemaNode;
  const branch = (one: SchemaNode): SchemaNode => {
    if (one.type === 'null') return one;
    const kind = one.properties?.kind?.const;
    return dress(one, (kind === undefined ? undefined : kinds?.[kind]) ?? { title, de, values, fields, item });
  };
  return Object.assign(copy, {
    title: title.en,
    title_de: title.de,
    description_de: de,
    ...(values && { labels: values }),
    ...(schema.anyOf && { anyOf: schema.anyOf.map(branch) }),
    ...(schema.properties && {
      properties: Object.fromEntries(
        Object.entries(schema.properties).map(([key, one]) => [key, dress(one, fields![key]!)]),
      ),
    }),
    ...(schema.items && { items: dress(schema.items, item!) }),
  });
}
