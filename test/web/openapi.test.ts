import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWeb, type TestWeb } from '../support/web.ts';

// What scripts are written by: the document must be true and whole, or scripts of operators break in silence.

interface Operation {
  summary?: string;
  tags?: string[];
  description?: string;
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; schema?: object }[];
  responses: Record<string, { description: string; content?: Record<string, { schema: { $ref?: string } }> }>;
}

let web: TestWeb;
// biome-ignore lint/suspicious/noExplicitAny: a document
let document: any;
let operations: { name: string; operation: Operation }[];

beforeAll(async () => {
  web = await openWeb();
  document = (await web.as(null).get('/api')).body;
  operations = Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );
});

afterAll(() => web.stop());

/** Every route as fastify knows it: `GET /api/studies/:id`. */
function routes(): string[] {
  const tree = web.house.app().printRoutes({ commonPrefix: false, includeHooks: false });
  const trail: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent, piece, methods] = /^([│ ]*)[├└]── (\S*) ?(?:\(([A-Z, ]+)\))?/.exec(line) ?? [];
    if (indent === undefined) return [];
    trail.length = indent.length / 4;
    trail.push(piece!);
    return (methods ?? '').split(', ').flatMap((method) => (method ? [`${method} ${trail.join('')}`] : []));
  });
}

/** As the document writes it: parameters in braces; HEAD comes with every GET and is not told of. */
const documented = (route: string) => route.replace(/:(\w+)/g, '{$1}');

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(document);
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(validator.version).toBe('3.1');
  expect(document.openapi).toMatch(/^3\.1\./);
});

test('every route of the API is in it, and nothing else', () => {
  const inDocument = operations.map(({ name }) => name).sort();
  const there = [...new Set(routes())].filter((route) => /^(?!HEAD)\w+ \/api\/./.test(route)).map(documented);
  expect(there.length).toBeGreaterThan(0);
  expect(inDocument).toEqual(there.sort());
});

test('each operation says what it does, where it belongs, who may ask it', () => {
  const bad = operations.flatMap(({ name, operation: { summary, tags, security, description } }) => [
    ...(summary && summary.length > 3 ? [] : [`${name}: no summary`]),
    ...(tags?.length === 1 ? [] : [`${name}: ${tags?.length ?? 0} tags`]),
    ...(security === undefined ? [`${name}: says nothing of security`] : []),
    ...(security?.length && !/role (viewer|operator|admin)/.test(description ?? '') ? [`${name}: which role?`] : []),
  ]);
  expect(bad).toEqual([]);
});

test('no two operations are called alike', () => {
  const summaries = Map.groupBy(operations, ({ operation }) => `${operation.tags} ${operation.summary}`);
  expect([...summaries].filter(([, all]) => all.length > 1).map(([summary]) => summary)).toEqual([]);
});

test('each operation has an answer of errors with code and sentence; the others say their kind', () => {
  const error = document.components.schemas.Error;
  expect(error.required).toEqual(['code', 'message']);
  const bad = operations.flatMap(({ name, operation: { responses } }) => [
    ...(responses.default?.content?.['application/json']?.schema.$ref === '#/components/schemas/Error'
      ? []
      : [`${name}: no error answer`]),
    ...(Object.keys(responses).some((status) => /^2(\d\d|XX)$/i.test(status)) ? [] : [`${name}: no good answer`]),
  ]);
  expect(bad).toEqual([]);
});

test('every parameter in a path is described', () => {
  const bad = operations.flatMap(({ name, operation: { parameters = [] } }) => {
    const named = new Set(parameters.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name));
    return [...name.matchAll(/\{(\w+)\}/g)]
      .map(([, parameter]) => parameter!)
      .filter((parameter) => !named.has(parameter))
      .map((parameter) => `${name}: ${parameter}`);
  });
  expect(bad).toEqual([]);
});
