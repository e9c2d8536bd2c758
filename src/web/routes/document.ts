import type { Web } from '../route.ts';

/** The description of the API, made from the routes themselves. */
export function documentRoutes(web: Web): void {
  web.get('/api', { config: { right: 'public' }, schema: { hide: true } }, async () => web.swagger());
}
