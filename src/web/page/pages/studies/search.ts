import { signal } from '@preact/signals';
import type { Stage } from '../../../../line/state-texts.ts';
import type { StudySearch } from '../../../studies/answers.ts';
import { session } from '../../lib/session.ts';

/** Stages by what they mean to people. */
export const GROUPS = {
  'under-way': ['arriving', 'settled', 'routed', 'packed', 'sent', 'received', 'delivering'],
  attention: ['held', 'refused', 'unconfirmed'],
  done: ['confirmed', 'delivered'],
  discarded: ['discarded'],
} as const satisfies Record<string, readonly Stage[]>;

export type Group = keyof typeof GROUPS;
export const groups = Object.keys(GROUPS) as Group[];

/** What stands in the form. Dates as the browser's date field has them: YYYY-MM-DD. */
export interface Wanted {
  readonly name: string;
  readonly patientId: string;
  readonly accession: string;
  readonly partner: string;
  readonly direction: '' | 'out' | 'in';
  readonly group: '' | Group;
  readonly from: string;
  readonly to: string;
}

export const NOTHING_WANTED: Wanted = {
  ...{ name: '', patientId: '', accession: '', partner: '', direction: '', group: '', from: '', to: '' },
};

/**
 * What was searched for last, for whoever comes back from a study. It names patients: it is kept nowhere but in this page, and
 * is nobody else's who logs in at it.
 */
const remembered = signal<{ who: string; wanted: Wanted } | null>(null);

export function rememberedSearch(): Wanted | null {
  return remembered.value?.who === session.value?.name ? (remembered.value?.wanted ?? null) : null;
}

export function rememberSearch(wanted: Wanted): void {
  remembered.value = { who: session.value?.name ?? '', wanted };
}

/** What a link to the list asks for (`/studies?attention=true`). */
export function searchOfLink(query: Readonly<Record<string, string>>): Wanted | null {
  const group = groups.find((name) => query[name] === 'true');
  return group ? { ...NOTHING_WANTED, group } : null;
}

/** As the API takes it. */
export function bodyOf(wanted: Wanted): Omit<StudySearch, 'limit'> {
  const { name, patientId, accession, partner, direction, group, from, to } = wanted;
  return {
    ...(name.trim() && { name: name.trim() }),
    ...(patientId.trim() && { patient_id: patientId.trim() }),
    ...(accession.trim() && { accession: accession.trim() }),
    ...(partner && { partner }),
    ...(direction && { direction }),
    ...(group && { stages: [...GROUPS[group]] }),
    ...(from && { from_ms: dayBegins(from) }),
    ...(to && { to_ms: dayBegins(to, 1) - 1 }),
  };
}

/** When a day begins here, and the one `more` days later. */
function dayBegins(date: string, more = 0): number {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  return new Date(year, month - 1, day + more).getTime();
}
