import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, isSeq, type YAMLMap, type YAMLSeq } from 'yaml';
import { choose, examine, type SchemaNode } from './examine.ts';
import { type Settings, settingsSchema } from './schema.ts';

type Group = Record<string, unknown>;

/**
 * Changes a document so that it says `after` instead of `before`, touching only what differs: comments, order and
 * settings left to their defaults stay as people wrote them. List entries are told apart by their `id`.
 */
export function applyChanges(document: Document, before: Settings, after: Settings): void {
  if (!isMap(document.contents)) throw new Error('the settings document has no keys');
  changeGroup(document, document.contents as YAMLMap, settingsSchema as SchemaNode, before, after);
}

function changeGroup(document: Document, node: YAMLMap, schema: SchemaNode, before: Group, after: Group): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[key], after[key]];
    if (isDeepStrictEqual(was, is)) continue;
    const child = node.get(key, true);
    const property = choose(schema.properties![key]!, is);
    if (is === undefined) node.delete(key);
    else if (isMap(child) && isGroup(was) && isGroup(is)) changeGroup(document, child as YAMLMap, property, was, is);
    else if (isSeq(child) && hasIds(was) && hasIds(is)) changeList(document, child as YAMLSeq, property, was, is);
    // A scalar is handed over bare: the node stays, and with it the comment at the end of its line.
    else node.set(key, typeof is === 'object' && is !== null ? document.createNode(sparse(property, is)) : is);
  }
}

function changeList(document: Document, node: YAMLSeq, schema: SchemaNode, before: Group[], after: Group[]): void {
  node.items = after.map((item) => {
    const index = before.findIndex((candidate) => candidate.id === item.id);
    const old = index < 0 ? undefined : node.items[index];
    const entry = choose(schema.items!, item);
    if (!isMap(old)) return document.createNode(sparse(entry, item));
    changeGroup(document, old as YAMLMap, entry, before[index]!, item);
    return old;
  });
  node.flow = node.items.length === 0;
}

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasIds(value: unknown): value is Group[] {
  return Array.isArray(value) && value.every((item) => isGroup(item) && typeof item.id === 'string');
}

/**
 * What a new settings file says: what was chosen, and nothing that is a default anyway, so that a person can read it
 * (`rohrpost settings show` prints the whole).
 */
export function withoutDefaults(settings: Settings): Group {
  return sparse(settingsSchema as SchemaNode, settings) as Group;
}

function sparse(schema: SchemaNode, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => sparse(choose(schema.items!, item), item));
  if (!isGroup(value)) return value;
  const result: Group = {};
  for (const [key, child] of Object.entries(value)) {
    const property = schema.properties![key]!;
    if (property.default !== undefined && isDeepStrictEqual(examine(property, property.default).value, child)) continue;
    result[key] = sparse(choose(property, child), child);
  }
  return result;
}
