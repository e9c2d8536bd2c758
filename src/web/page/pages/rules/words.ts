import type { Route, Settings } from '../../../../config/schema.ts';
import { spanText } from '../../lib/format.ts';
import { type Schema, wordOf } from '../../lib/schema.ts';
import { t } from '../../lib/texts.ts';

/** The conditions of a rule in words; none: every study. */
export function conditionWords(route: Route, schema: Schema | undefined): string {
  const { called_ae, calling_ae, modality, tags } = route.when;
  const keyword = schema?.properties?.when?.properties?.tags?.items?.properties?.keyword ?? {};
  const words = [
    modality,
    called_ae && t('rules.called', { title: called_ae }),
    calling_ae && t('rules.calling', { title: calling_ae }),
    ...(tags ?? []).map((tag) => `${wordOf(keyword, tag.keyword)}: ${tag.matches}`),
  ].filter((word) => word !== undefined && word !== '');
  return words.length > 0 ? words.join(', ') : t('rules.every');
}

export function timeWords({ quiet_s, cap_s }: Route): string {
  return [
    quiet_s !== undefined && t('rules.quiet', { time: spanText(quiet_s * 1_000) }),
    cap_s !== undefined && t('rules.cap', { time: spanText(cap_s * 1_000) }),
  ]
    .filter(Boolean)
    .join(', ');
}

/** Partners by their names, in their order. */
export function partnerNames({ partners }: Settings, ids: readonly string[]): string {
  return ids.map((id) => partners.find((partner) => partner.id === id)?.name ?? id).join(', ');
}
