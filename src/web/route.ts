import type { FastifyInstance, FastifyTypeProvider } from 'fastify';
import type { TSchema, ValueOf } from '../config/kinds.ts';
import type { Language } from '../core/errors.ts';

/** Each may what those before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Who may ask a route: anyone; anyone while the box has no owner; or whoever has at least this role. */
export type Right = 'public' | 'unclaimed' | Role;

/** Whoever asks, by the cookie of a session or the token of a script. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
  readonly language: Language;
  readonly via: 'session' | 'token';
  /** Of the session or token. */
  readonly id: string;
  readonly accountId: string;
  /** What must be done before anything else; routes that are not `evenOwing` answer with this code. */
  readonly owes: 'password-must-change' | 'second-factor-needed' | null;
}

interface SchemaTypes extends FastifyTypeProvider {
  validator: this['schema'] extends TSchema ? ValueOf<this['schema']> : unknown;
  serializer: this['schema'] extends TSchema ? ValueOf<this['schema']> : unknown;
}

/** The server as the files of `routes/` see it: bodies, parameters and answers have the types of their schemas. */
export type Web = FastifyInstance<
  import('node:https').Server,
  import('node:http').IncomingMessage,
  import('node:http').ServerResponse,
  import('fastify').FastifyBaseLogger,
  SchemaTypes
>;

declare module 'fastify' {
  interface FastifyContextConfig {
    right?: Right;
    /** Answers also those who must change their password or set up a second factor first. */
    evenOwing?: boolean;
    /** The route takes bodies of its own kind and size (uploads). */
    ownBody?: boolean;
  }
  interface FastifyRequest {
    /** Null only on public routes. */
    caller: Caller | null;
    language: Language;
    /** The name for history and audit. */
    by: string;
  }
  interface FastifySchema {
    summary?: string;
    description?: string;
    tags?: readonly string[];
    security?: readonly Record<string, readonly string[]>[];
    consumes?: readonly string[];
    produces?: readonly string[];
  }
}

export function mayAs(role: Role, least: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(least);
}
