import { RohrpostError } from '../core/errors.ts';

/** What a request says about where it comes from. */
export interface Origins {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
/** What a form of any page may send without asking (WHATWG Fetch, "CORS-safelisted request-header"). */
const OF_FORMS = /^(?:application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/i;

/**
 * Refuses what a foreign page makes a browser send here: another page's script cannot forge `Sec-Fetch-Site` (W3C Fetch
 * Metadata), nor `Origin`, which browsers before 2023 send instead. The cookie is SameSite=Strict besides. A script's token
 * is no cookie, so nobody can make a browser send it.
 * @throws RohrpostError request-forged, request-type
 */
export function refuseForged({ method, headers }: Origins): void {
  if (SAFE.has(method) || hasBearer(headers.authorization)) return;
  if (!isOurs(headers)) throw new RohrpostError('request-forged');
  if (OF_FORMS.test(String(headers['content-type'] ?? ''))) throw new RohrpostError('request-type');
}

/** Whether a script with a token asks; then no cookie counts. */
export function hasBearer(authorization: string | string[] | undefined): boolean {
  return /^Bearer\b/i.test(String(authorization ?? ''));
}

function isOurs(headers: Origins['headers']): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = headers;
  // No browser leaves both away, so this is a program; one with a cookie has to say where it comes from.
  if (origin === undefined) return headers.cookie === undefined;
  const text = String(origin);
  return URL.canParse(text) && new URL(text).protocol === 'https:' && new URL(text).host === host;
}
