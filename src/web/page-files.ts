import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import files from '@fastify/static';
import { RohrpostError } from '../core/errors.ts';
import type { Web } from './route.ts';

const FOLDER = fileURLToPath(new URL('../../build/page/', import.meta.url));

/** The built page. Whatever is no file and not of the API is a place within it: the page itself looks at the address. */
export async function servePage(app: Web): Promise<void> {
  const isBuilt = existsSync(FOLDER);
  if (isBuilt) {
    await app.register(files, {
      root: FOLDER,
      wildcard: false,
      globIgnore: ['**/*.{br,gz}'],
      preCompressed: true,
      index: false,
      cacheControl: false,
      // Names of assets carry a hash of their content.
      setHeaders: (reply, path) => {
        const lasting = path.includes('/assets/');
        reply.header('cache-control', lasting ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  }
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) => {
    const isPlace = ['GET', 'HEAD'].includes(request.method) && !/^\/(?:api|assets)(?:\/|$)/.test(request.url);
    if (!isPlace) throw new RohrpostError('not-found');
    if (!isBuilt) throw new RohrpostError('page-not-built');
    return reply.sendFile('index.html');
  });
}
