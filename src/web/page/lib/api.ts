import type { ErrorAnswer } from '../../answers.ts';
import { forgetSession, owe } from './session.ts';
import { language, t } from './texts.ts';

/** A box in the same building answers within seconds; long work is started and watched, not waited for. */
const DEADLINE_MS = 60_000;

export type Problem = NonNullable<ErrorAnswer['problems']>[number];

/** What the box answered instead of what was asked for. `status` 0: it did not answer. `message` is for people. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly problems: readonly Problem[];
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, answer: Partial<Omit<ErrorAnswer, 'code'>> & { code: string }) {
    super(answer.message ?? t('common.unexpected', { status }));
    this.name = 'ApiError';
    this.status = status;
    this.code = answer.code;
    this.problems = answer.problems ?? [];
    this.details = answer.details ?? {};
  }
}

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The API of the box. @throws ApiError */
export const api = {
  get: <T>(path: string, query?: Query) => ask<T>('GET', withQuery(path, query)),
  /** Asks by itself, not for somebody who does something: a page that nobody uses is logged out all the same. */
  look: <T>(path: string) => ask<T>('GET', path, undefined, { 'x-rohrpost-quiet': '1' }),
  post: <T = void>(path: string, body?: unknown) => ask<T>('POST', path, body),
  put: <T = void>(path: string, body?: unknown) => ask<T>('PUT', path, body),
  patch: <T = void>(path: string, body?: unknown) => ask<T>('PATCH', path, body),
  delete: <T = void>(path: string, body?: unknown) => ask<T>('DELETE', path, body),
};

/** `path` with those of the values that are there. */
export function withQuery(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return search === '' ? path : `${path}?${search}`;
}

async function ask<T>(method: string, path: string, body?: unknown, more: Record<string, string> = {}): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json', 'accept-language': language.value, ...more };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const response = await fetch(path, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).catch(() => {
    throw new ApiError(0, { code: 'unreachable', message: t('common.unreachable') });
  });
  return answerOf<T>(response);
}

/** The answer as a value; for requests that `api` cannot make (uploads). @throws ApiError */
export async function answerOf<T>(response: Response): Promise<T> {
  const text = await response.text().catch(() => '');
  const value = parsed(text);
  if (response.ok) return value as T;
  const answer = value as Partial<ErrorAnswer> | undefined;
  const error = new ApiError(response.status, { ...answer, code: answer?.code ?? 'unexpected' });
  if (error.code === 'login-needed') forgetSession();
  if (error.code === 'password-must-change' || error.code === 'second-factor-needed') owe(error.code);
  throw error;
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
