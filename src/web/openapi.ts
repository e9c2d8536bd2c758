import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifySchema } from 'fastify';
import { version } from '../core/version.ts';

/** What the API document says about itself; its paths come from the routes and their schemas. */
export function openApi(): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Rohrpost',
        version,
        description:
          'Everything the page of the box can do. Scripts send a token: `Authorization: Bearer rp_…`. Errors carry a code and a sentence in the language of Accept-Language.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      components: {
        schemas: { Error: ERROR_SCHEMA },
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'A token made on the page, with a role and an expiry' },
          session: { type: 'apiKey', in: 'cookie', name: '__Host-rohrpost', description: 'The session of the page' },
        },
      },
    },
    transform: ({ schema, url, route }) => {
      const right = route.config?.right;
      const hide = !url.startsWith('/api/');
      const open = right === 'public' || right === 'unclaimed';
      const security: Record<string, string[]>[] = open ? [] : [{ token: [] }, { session: [] }];
      const response = { ...goodAnswer(schema), default: ERROR };
      const rights = open ? '' : `Needs the role ${String(right)}.`;
      const description = [schema?.description, rights].filter(Boolean).join(' ');
      return { url, schema: { ...schema, hide, security, response, ...(description && { description }) } };
    },
  };
}

/** What a route says of its good answer; of a stream or a file, only its kind. */
function goodAnswer(schema: FastifySchema | undefined): object {
  if (schema?.response) return schema.response;
  const kinds = (schema?.produces ?? []).map((kind) => [kind, { schema: {} }]);
  return { '2XX': { description: 'Done', ...(kinds.length > 0 && { content: Object.fromEntries(kinds) }) } };
}

/** What every route answers where it cannot do what was asked, whatever it answers otherwise. */
const ERROR = {
  description: 'What is wrong: a code of the error table, and a sentence for people',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
};

const ERROR_SCHEMA: object = {
  type: 'object',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string' },
    message: { type: 'string' },
    details: { type: 'object', additionalProperties: true },
    problems: {
      type: 'array',
      description: 'What is wrong with which field',
      items: {
        type: 'object',
        required: ['path', 'code', 'message'],
        properties: {
          path: { type: 'array', items: { type: ['string', 'integer'] } },
          code: { type: 'string' },
          message: { type: 'string' },
        },
      },
    },
  },
};
