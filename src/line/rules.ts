import type { Partner, Route, Settings, Target } from '../config/schema.ts';
import type { StudyRow } from '../store/studies.ts';
import { type TagValues, tagsOf } from './study-facts.ts';
import { fitsPattern } from './wildcard.ts';

/** What of a study the rules look at. Modalities: all that have come, such as `['CT', 'SR']`. */
export interface RoutingFacts {
  calledAe: string;
  callingAe: string;
  modalities: readonly string[];
  tags: TagValues;
}

type Routable = Pick<
  StudyRow,
  'origin' | 'calling_ae' | 'modality' | 'description' | 'accession_number' | 'patient_id' | 'tags'
>;

/** What the rules look at of an outbound study as far as it has come. */
export function routingFacts(study: Routable): RoutingFacts {
  return {
    calledAe: study.origin,
    callingAe: study.calling_ae,
    modalities: study.modality.split(' '),
    tags: tagsOf(study),
  };
}

export interface Way {
  partners: readonly Partner[];
  urgent: boolean;
  quiet_ms: number;
  cap_ms: number;
}

/**
 * Where a study goes and when, by the rules of the settings; pure. Every rule that matches adds its partners, each of them
 * once (F21); where several match, the shortest times and the highest urgency hold. Where none matches, the AE title that
 * the modality called names the partner. An empty list of partners means that nobody was found.
 */
export function wayOf(settings: Pick<Settings, 'routes' | 'partners' | 'settle'>, facts: RoutingFacts): Way {
  const routes = matchingRoutes(settings.routes, facts);
  const ids = new Set(routes.flatMap((route) => route.to));
  const partners = settings.partners.filter((partner) =>
    routes.length > 0 ? ids.has(partner.id) : partner.ae_title === facts.calledAe,
  );
  const shortest = (key: 'quiet_s' | 'cap_s') =>
    routes.length > 0 ? Math.min(...routes.map((route) => route[key] ?? settings.settle[key])) : settings.settle[key];
  return {
    partners,
    urgent: routes.some((route) => route.urgent),
    quiet_ms: shortest('quiet_s') * 1000,
    cap_ms: shortest('cap_s') * 1000,
  };
}

/** The rules that a study matches, in their order. */
export function matchingRoutes(routes: readonly Route[], facts: RoutingFacts): Route[] {
  return routes.filter((route) => matches(route, facts));
}

/** Is this an AE title that modalities may call: our own, a partner's, or one that a rule names? */
export function isKnownCalledAe(settings: Settings, ae: string): boolean {
  return (
    ae === settings.site.ae_title ||
    settings.partners.some((partner) => partner.ae_title === ae) ||
    settings.routes.some((route) => route.when.called_ae === ae)
  );
}

/** Where what comes from a partner goes: to the targets that its profile names, else to those that are everybody's. */
export function targetsOf(settings: Pick<Settings, 'targets'>, partner: Pick<Partner, 'targets'>): Target[] {
  return settings.targets.filter((target) =>
    partner.targets.length > 0 ? partner.targets.includes(target.id) : target.default,
  );
}

/** How long a partner has to confirm what it gets, in ms; null when no receipt is asked of it. */
export function confirmWithin_ms(settings: Settings, partnerId: string): number | null {
  const partner = settings.partners.find(({ id }) => id === partnerId);
  return partner?.receipts.ask ? partner.confirm_within_h * 3_600_000 : null;
}

function matches(route: Route, facts: RoutingFacts): boolean {
  const { called_ae, calling_ae, modality, tags } = route.when;
  return (
    (called_ae === undefined || called_ae === facts.calledAe) &&
    (calling_ae === undefined || calling_ae === facts.callingAe) &&
    (modality === undefined || facts.modalities.includes(modality)) &&
    tags.every(({ keyword, matches }) => facts.tags[keyword]?.some((value) => fitsPattern(value, matches)))
  );
}
