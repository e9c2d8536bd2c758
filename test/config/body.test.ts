import { expect, test } from 'vitest';
import { checkBody, RequestError } from '../../src/config/body.ts';
import {
  anything,
  group,
  integer,
  list,
  nullable,
  oneOf,
  optional,
  record,
  text,
  yesNo,
} from '../../src/config/kinds.ts';

const words = { description: 'x' };

const query = group(
  {
    limit: integer(1, 100, { ...words, default: 50 }),
    urgent: optional(yesNo(words)),
    states: list(oneOf(['held', 'sent'], words), { ...words, default: [], maxItems: 2 }),
    before: optional(nullable(integer(-10, 10, words))),
    name: optional(text({ ...words, maxLength: 5 })),
  },
  words,
);

const body = group(
  { name: nullable(text(words)), secrets: optional(record(text(words), words)), changes: anything(words) },
  words,
);

function problems(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof RequestError) return error.problems.map(({ code, path }) => `${code} ${path.join('.')}`);
    throw error;
  }
  return [];
}

test('a query string: numbers, truth values and single list entries are read from texts, defaults filled in', () => {
  const given = { urgent: 'true', states: 'held', before: '-3', name: '12' };
  expect(checkBody(query, given, { coerce: true })).toEqual({
    ...{ limit: 50, urgent: true, states: ['held'], before: -3, name: '12' },
  });
});

test('a query string with texts that are no numbers, no states, too many, unknown: every problem at once', () => {
  const given = { limit: '1e1', urgent: 'yes', states: ['held', 'lost', 'sent'], before: '', name: 'longer', x: '1' };
  expect(problems(() => checkBody(query, given, { coerce: true }))).toEqual([
    'setting-unknown-key x',
    'setting-integer limit',
    'setting-boolean urgent',
    'setting-list-length states',
    'setting-one-of states.1',
    'setting-integer before',
    'setting-text name',
  ]);
});

test('a body is taken at its word: a text is no number', () => {
  expect(problems(() => checkBody(query, { limit: '5', states: 'held' }))).toEqual([
    'setting-integer limit',
    'setting-list states',
  ]);
});

test('null where a value may be missing, any JSON where anything goes, records of one kind', () => {
  const given = { name: null, secrets: { a: 'x' }, changes: [{ deep: null }] };
  expect(checkBody(body, given)).toEqual(given);
  expect(checkBody(body, { name: 'y', changes: null })).toEqual({ name: 'y', changes: null });
  expect(problems(() => checkBody(body, { name: 7, secrets: { a: 1, b: 'x' }, changes: 0 }))).toEqual([
    'setting-text name',
    'setting-text secrets.a',
  ]);
  expect(problems(() => checkBody(body, { name: 'y', secrets: ['x'], changes: 0 }))).toEqual(['setting-group secrets']);
  expect(problems(() => checkBody(body, { name: 'y' }))).toEqual(['setting-missing changes']);
});

test('a record key __proto__ stays a key and changes no prototype', () => {
  const given = JSON.parse('{"name":"y","changes":1,"secrets":{"__proto__":"x"}}');
  const { secrets } = checkBody(body, given);
  expect(Object.getPrototypeOf(secrets)).toBe(Object.prototype);
  expect(Object.keys(secrets!)).toEqual(['__proto__']);
});

test('no body at all, a text, a number: a problem, no crash', () => {
  for (const value of [undefined, null, 'x', 1, []])
    expect(problems(() => checkBody(body, value))).toEqual(['setting-group ']);
});
