import type { InjectOptions } from 'fastify';
import { openPasswords } from '../../src/web/people/passwords.ts';
import type { Role } from '../../src/web/route.ts';
import type { Answer, TestWeb } from './web.ts';

export const PASSWORD = 'drei blaue Kähne im Nebel';

const usualHash = openPasswords().hash(PASSWORD);

/** Makes an account as if its owner had chosen the password long ago. Gives back its id. */
export async function addAccount(
  web: TestWeb,
  o: { name: string; role?: Role; password?: string; must_change?: 0 | 1 },
): Promise<string> {
  const { name, role = 'admin', password = PASSWORD, must_change = 0 } = o;
  const hash = await (password === PASSWORD ? usualHash : openPasswords().hash(password));
  const { desk, clock } = web.premises;
  return desk.accounts.add({ name, role, language: 'en', password: hash, must_change, now_ms: clock.now() }).id;
}

/** A browser at some desk: keeps its cookie, says where a request comes from. */
export interface TestBrowser {
  /** What it holds, such as `__Host-rohrpost=…`; '' without. */
  cookie: string;
  ask(
    method: InjectOptions['method'],
    url: string,
    body?: unknown,
    /** Undefined leaves one away that browsers send otherwise. */
    headers?: Record<string, string | undefined>,
  ): Promise<Answer>;
  logIn(name: string, more?: { password?: string; code?: string }): Promise<Answer>;
}

export function openBrowser(web: TestWeb, o: { address?: string } = {}): TestBrowser {
  const browser: TestBrowser = {
    cookie: '',
    ask: async (method, url, body, headers = {}) => {
      const sent = {
        ...{ 'sec-fetch-site': 'same-origin', 'accept-language': 'en', 'user-agent': 'Firefox 140' },
        ...(browser.cookie !== '' && { cookie: browser.cookie }),
        ...headers,
      };
      const answer = await web.ask({
        ...{ method, url, remoteAddress: o.address ?? '192.0.2.1' },
        headers: Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined)),
        ...(body !== undefined && { payload: body as object }),
      });
      const set = answer.headers['set-cookie'];
      if (set !== undefined) browser.cookie = /^(__Host-rohrpost=[^;]+);/.exec(String(set))?.[1] ?? '';
      return answer;
    },
    logIn: (name, { password = PASSWORD, code } = {}) =>
      browser.ask('POST', '/api/session', { name, password, ...(code !== undefined && { code }) }),
  };
  return browser;
}
