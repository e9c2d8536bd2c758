import type { Premises } from './premises.ts';
import type { Web } from './route.ts';
import { documentRoutes } from './routes/document.ts';
import { eventRoutes } from './routes/events.ts';

/** Every route of the API, area by area. */
export function addRoutes(web: Web, premises: Premises): void {
  documentRoutes(web);
  eventRoutes(web, premises);
}
