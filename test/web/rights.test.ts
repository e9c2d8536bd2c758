import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Right, type Role, roles } from '../../src/web/route.ts';
import { type Answer, openWeb, type TestWeb } from '../support/web.ts';
import { rights } from './rights-table.ts';

/**
 * Walks every route as nobody, as each role, and on a box without an owner, and compares with the table of rights. Rights are
 * asked before anything else of a request is read, so what is sent makes no sense on purpose: it must not do anything.
 */

/** How long an answer that does not end (events) is waited for. */
const OPEN_MS = 300;
const FOREIGN_TYPE = 'application/x-of-no-use';

/** Every route as fastify knows it, such as `GET /api/studies/:id`; HEAD comes with each GET. */
function routesOf(web: TestWeb): string[] {
  const tree = web.house.app().printRoutes({ commonPrefix: false, includeHooks: false });
  const trail: string[] = [];
  const found = tree.split('\n').flatMap((line) => {
    const [, indent, piece, methods] = /^([│ ]*)[├└]── (\S*) ?(?:\(([A-Z, ]+)\))?/.exec(line) ?? [];
    if (indent === undefined) return [];
    trail.length = indent.length / 4;
    trail.push(piece!);
    return (methods ?? '').split(', ').flatMap((method) => (method ? [`${method} ${trail.join('')}`] : []));
  });
  return [...new Set(found)].filter((route) => /^(?!HEAD|OPTIONS)\w+ \/api(?:\/|$)/.test(route));
}

/** What the hook on rights says to a request; null where it lets it pass. */
async function refusal(web: TestWeb, route: string, token: string | null): Promise<string | null> {
  const [method, path] = route.split(' ') as [InjectOptions['method'], string];
  const request = web.ask({
    method,
    url: path.replace(/:\w+/g, 'nothing').replace('*', 'nothing'),
    headers: { ...(token !== null && { authorization: `Bearer ${token}` }), 'content-type': FOREIGN_TYPE },
    ...(method !== 'GET' && { payload: '?' }),
  });
  const open = new Promise<'open'>((resolve) => setTimeout(resolve, OPEN_MS, 'open').unref());
  const answer = route === 'GET /api/events' ? await Promise.race([request, open]) : await request;
  return answer === 'open' ? null : refusalIn(answer);
}

function refusalIn({ status, body }: Answer): string | null {
  const OF_RIGHTS = ['login-needed', 'role-needed', 'box-unclaimed', 'box-claimed'];
  if (!OF_RIGHTS.includes(body?.code)) return null;
  expect(status).toBe({ 'login-needed': 401, 'box-claimed': 409 }[body.code as string] ?? 403);
  return body.code;
}

function expected(right: Right, role: Role | null): string | null {
  if (right === 'public') return null;
  if (right === 'unclaimed') return 'box-claimed';
  if (role === null) return 'login-needed';
  return roles.indexOf(role) >= roles.indexOf(right) ? null : 'role-needed';
}

async function walk(web: TestWeb, token: string | null): Promise<Record<string, string | null>> {
  const found: Record<string, string | null> = {};
  for (const route of Object.keys(rights)) found[route] = await refusal(web, route, token);
  return found;
}

const wanted = (of: (right: Right) => string | null) =>
  Object.fromEntries(Object.entries(rights).map(([route, right]) => [route, of(right)]));

describe('a box with an owner', () => {
  let web: TestWeb;
  beforeAll(async () => {
    web = await openWeb();
  });
  afterAll(() => web.stop());

  test('every route has a line in the table of rights, and every line a route', () => {
    expect(routesOf(web).sort()).toEqual(Object.keys(rights).sort());
  });

  test.each([null, ...roles])('as %j, each route answers as the table says', async (role) => {
    const token = role === null ? null : web.as(role).token;
    expect(await walk(web, token)).toEqual(wanted((right) => expected(right, role)));
  });

  test('a token that nobody made is nobody', async () => {
    expect(await walk(web, `rp_${'A'.repeat(43)}`)).toEqual(wanted((right) => expected(right, null)));
  });
});

test('on a box without an owner only what is public and claiming answers, token or not', async () => {
  const web = await openWeb({ claimed: false, settings: null });
  try {
    const closed = wanted((right) => (right === 'public' || right === 'unclaimed' ? null : 'box-unclaimed'));
    expect(await walk(web, null)).toEqual(closed);
    expect(await walk(web, `rp_${'A'.repeat(43)}`)).toEqual(closed);
  } finally {
    await web.stop();
  }
});
