import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InjectOptions } from 'fastify';
import type { Appliance } from '../../src/appliance/appliance.ts';
import { type House, startHouse } from '../../src/box/house.ts';
import { createSettings } from '../../src/config/settings.ts';
import type { Clock } from '../../src/core/clock.ts';
import { sha256 } from '../../src/core/ids.ts';
import { type OpenLog, silentLog } from '../../src/core/log.ts';
import type { Updates } from '../../src/update/updates.ts';
import type { Premises } from '../../src/web/premises.ts';
import type { Role } from '../../src/web/route.ts';

/** An answer of the API. */
export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any;
  text: string;
  bytes: Buffer;
  headers: Record<string, string | string[] | number | undefined>;
}

type Ask = (url: string, more?: Partial<InjectOptions>) => Promise<Answer>;
type Tell = (url: string, body?: unknown, more?: Partial<InjectOptions>) => Promise<Answer>;

/** Somebody who asks the API, by a token of its role. */
export interface TestCaller {
  readonly name: string;
  readonly token: string;
  get: Ask;
  delete: Ask;
  post: Tell;
  put: Tell;
  patch: Tell;
}

/** A house with its page on a free port of loopback; asked in the process, without a network. */
export interface TestWeb {
  readonly house: House;
  readonly premises: Premises;
  readonly folder: string;
  readonly url: string;
  /** Any request, as nobody. */
  ask(options: InjectOptions): Promise<Answer>;
  /** A caller with that role, or null for nobody. */
  as(role: Role | null): TestCaller;
  stop(): Promise<void>;
}

/**
 * Opens one. `settings`: of the box, merged into ones that work on loopback; null: not set up. `claimed: false`: nobody owns it.
 * `appliance`, `updates`: the machine around it, for tests.
 */
export async function openWeb(
  o: {
    claimed?: boolean;
    settings?: object | null;
    clock?: Clock;
    log?: OpenLog;
    folder?: string;
    appliance?: Appliance;
    updates?: Updates;
  } = {},
): Promise<TestWeb> {
  const { claimed = true, settings = {}, log = silentLog, appliance, updates } = o;
  const folder = o.folder ?? (await mkdtemp(join(tmpdir(), 'rohrpost-web-')));
  if (settings !== null && o.folder === undefined) await createSettings(folder, { ...LOOPBACK, ...settings });
  const door = { host: '127.0.0.1', port: 0, redirectPort: null };
  const house = await startHouse(folder, {
    ...{ log, door },
    ...(o.clock && { clock: o.clock }),
    ...(appliance && { appliance }),
    ...(updates && { updates }),
  });
  const { premises } = house;
  const accounts = new Map<Role, string>();
  const accountOf = (role: Role) => {
    const known = accounts.get(role);
    if (known) return known;
    const name = `test-${role}`;
    const account = { name, role, language: 'en', password: NO_PASSWORD, must_change: 0 } as const;
    const { desk, clock } = premises;
    // A folder that was opened before knows them already.
    const { id } = desk.accounts.named(name) ?? desk.accounts.add({ ...account, now_ms: clock.now() });
    accounts.set(role, id);
    return id;
  };
  if (claimed) accountOf('admin');
  const ask = async (options: InjectOptions): Promise<Answer> => {
    const reply = await house.app().inject(options);
    const isJson = /^application\/json\b/.test(String(reply.headers['content-type'])) && reply.payload !== '';
    return {
      status: reply.statusCode,
      body: isJson ? JSON.parse(reply.payload) : undefined,
      text: reply.payload,
      bytes: reply.rawPayload,
      headers: reply.headers,
    };
  };
  return {
    ...{ house, premises, folder, ask },
    url: `https://127.0.0.1:${house.ports().web}`,
    as: (role) =>
      caller(ask, role === null ? null : { name: `test-${role}`, token: tokenFor(premises, accountOf(role), role) }),
    stop: async () => {
      await house.stop();
      if (o.folder === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const LOOPBACK = {
  site: { name: 'Testpraxis', language: 'en' },
  dicom: { host: '127.0.0.1', port: 0 },
  mail: { address: 'box@test.example' },
  disk: { refuse_below_bytes: 0 },
};
/** No password fits it. */
const NO_PASSWORD = '-';

function tokenFor(premises: Premises, accountId: string, role: Role): string {
  const token = `rp_${randomBytes(32).toString('base64url')}`;
  const now_ms = premises.clock.now();
  premises.desk.tokens.add({
    ...{ hash: sha256(token), account_id: accountId, name: 'test', role, created_ms: now_ms },
    expires_ms: now_ms + 86_400_000,
  });
  return token;
}

function caller(ask: TestWeb['ask'], who: { name: string; token: string } | null): TestCaller {
  const authorization = who ? { authorization: `Bearer ${who.token}` } : {};
  const send = (method: InjectOptions['method'], url: string, more: Partial<InjectOptions> = {}) =>
    ask({ ...more, method, url, headers: { ...authorization, 'accept-language': 'en', ...more.headers } });
  const tell =
    (method: InjectOptions['method']): Tell =>
    (url, body, more) =>
      send(method, url, { ...more, ...(body !== undefined && { payload: body as object }) });
  return {
    name: who?.name ?? '',
    token: who?.token ?? '',
    get: (url, more) => send('GET', url, more),
    delete: (url, more) => send('DELETE', url, more),
    post: tell('POST'),
    put: tell('PUT'),
    patch: tell('PATCH'),
  };
}
