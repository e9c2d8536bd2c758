import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
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
      const response = { ...(schema?.response as object), default: ERROR };
      const rights = open ? '' : `Needs the role ${String(right)}.`;
      const description = [schema?.description, rights].filter(Boolean).join(' ');
      return { url, schema: { ...schema, hide, security, response, ...(description && { description }) } };
    },
  };
}

/** What every route answers where it cannot do what was asked. */
const ERROR = {
  description: 'What is wrong: a code of the error table, and a sentence for people',
  type: 'object',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string' },
    message: { type: 'string' },
    details: { type: 'object' },
    problems: {
      type: 'array',
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
