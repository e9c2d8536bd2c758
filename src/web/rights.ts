import { storageTrouble } from '../appliance/trouble.ts';
import { RohrpostError } from '../core/errors.ts';
import { webLimits } from '../core/limits.ts';
import { refuseForged } from './csrf.ts';
import type { Premises } from './premises.ts';
import { mayAs, type Web } from './route.ts';
import { authenticate, isClaimed } from './who.ts';

/** The page marks so what it asks by itself: a page that nobody looks at is logged out all the same. */
const QUIET_HEADER = 'x-rohrpost-quiet';

/**
 * Before anything of a request is read: who asks, and may they.
 *
 * INVARIANTS
 * - A route of the API without a right cannot be registered.
 * - Until the box has an owner, only public routes and claiming answer.
 * - A box whose data cannot be reached has an owner whom it does not know: nobody may claim it, and only public routes answer.
 */
export function keepRights(app: Web, premises: Premises): void {
  app.addHook('onRoute', (route) => {
    if (!isOfApi(route.url)) return;
    const right = route.config?.right;
    if (right === undefined) throw new Error(`${route.url} has no right`);
    if (right === 'public' || right === 'unclaimed') route.bodyLimit ??= webLimits.public_body_bytes;
  });
  app.decorateRequest('caller', null);
  app.decorateRequest('language', 'de');
  app.decorateRequest('by', '');
  app.addHook('onRequest', async (request, reply) => {
    // Patients' names, and settings, stay in no cache, also not where the answer is an error.
    if (isOfApi(request.url)) reply.header('cache-control', 'no-store');
    const { cookie, authorization } = request.headers;
    const quiet = request.headers[QUIET_HEADER] !== undefined;
    const caller = authenticate(premises, { cookie, authorization, quiet });
    request.caller = caller;
    request.by = caller?.name ?? '';
    request.language = languageOf(request.headers['accept-language']) ?? caller?.language ?? siteLanguage(premises);
    refuseForged(request);
    const { right = 'public', evenOwing = false } = request.routeOptions.config;
    if (right === 'public') return;
    const withoutData = premises.appliance && storageTrouble(premises.appliance.facts);
    if (withoutData) throw withoutData;
    const claimed = isClaimed(premises.desk);
    if (right === 'unclaimed') {
      if (claimed) throw new RohrpostError('box-claimed');
      return;
    }
    if (!claimed) throw new RohrpostError('box-unclaimed');
    if (!caller) throw new RohrpostError('login-needed');
    if (!mayAs(caller.role, right)) throw new RohrpostError('role-needed', { details: { role: right } });
    if (caller.owes && !evenOwing) throw new RohrpostError(caller.owes);
  });
}

const isOfApi = (url: string) => url.startsWith('/api');

/** The first language of the list that we speak (RFC 9110 §12.5.4). */
function languageOf(accepted: string | undefined): 'de' | 'en' | undefined {
  const found = /(?:^|[\s,])(de|en)\b/i.exec((accepted ?? '').slice(0, 200))?.[1];
  return found?.toLowerCase() as 'de' | 'en' | undefined;
}

function siteLanguage(premises: Premises): 'de' | 'en' {
  return premises.box()?.settings.current().site.language ?? 'de';
}
