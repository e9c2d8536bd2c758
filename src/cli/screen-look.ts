import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { type Appliance, type BootFacts, openAppliance } from '../appliance/appliance.ts';
import type { StickItem, StickOutcome } from '../appliance/words.ts';
import type { Language } from '../core/errors.ts';
import { harmless } from '../core/figures.ts';
import { screenLimits as limits } from '../core/program-limits.ts';
import { version } from '../core/version.ts';
import { askOwnPage, type OwnPage } from '../health/own-page.ts';
import { isFolderLocked } from '../store/database.ts';
import { type DeskSight, sightOfDesk } from '../store/sight.ts';
import { type Pending, readPending } from '../update/state.ts';
import { readCertificate } from '../web/certificate.ts';
import { knownDoor, pageAddresses } from '../web/door.ts';
import { PAIRING_CODE } from '../web/people/pairing.ts';
import { type StickNote, stickNote } from '../web/stick-note.ts';
import { siteLanguage } from './console.ts';

/** What the screen knows; nothing of patients or partners is among it. */
export interface Sight {
  /** Of the program. */
  readonly version: string;
  /** Null: not an appliance. */
  readonly facts: BootFacts | null;
  readonly onTrial: boolean;
  /** Of the site; null before it is set up, when both are shown. */
  readonly language: Language | null;
  /** Whether the program runs. */
  readonly isRunning: boolean;
  /** What its page says; null: it does not answer. */
  readonly page: OwnPage | null;
  readonly hasNetwork: boolean;
  readonly addresses: readonly string[];
  readonly fingerprint: string | null;
  /** Null once the box has an owner. */
  readonly code: string | null;
  readonly update: Pick<Pending, 'stage' | 'version'> | null;
  /** What became of settings from a stick; null: there were none. */
  readonly stickNote: StickNote | null;
  readonly stick: readonly { item: StickItem; outcome: StickOutcome; text: string }[];
}

/** Looks at everything; what cannot be seen just now is missing from it. Only reads, and needs no program that runs. */
export async function lookAround(folder: string, env: NodeJS.ProcessEnv): Promise<Sight> {
  const appliance = attempt(() => openAppliance(env), null);
  const facts = attempt(() => appliance?.facts ?? null, null);
  const desk = attempt(() => sightOfDesk(folder, deskView), null);
  const isRunning = attempt(() => isFolderLocked(folder), false);
  const [page, certificate] = await Promise.all([
    isRunning ? askOwnPage(folder, { signal: AbortSignal.timeout(limits.page_ms) }).catch(() => null) : null,
    readCertificate(folder).catch(() => null),
  ]);
  return {
    ...{ version, facts, isRunning, page },
    onTrial: attempt(() => appliance?.onTrial() ?? false, false),
    language: attempt(() => siteLanguage(folder) ?? null, null),
    hasNetwork: attempt(hasNetwork, true),
    addresses: attempt(() => addressesOf(desk?.door ?? null, appliance), []),
    fingerprint: certificate?.fingerprint ?? null,
    code: facts && facts.data !== 'good' ? null : (desk?.code ?? null),
    stickNote: desk?.stick ?? null,
    update: attempt(() => readPending(folder), null),
    stick: attempt(() => stickLines(env.ROHRPOST_SYSTEM), []),
  };
}

function attempt<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

const deskView = (desk: DeskSight) => ({
  stick: desk.accounts === 0 ? stickNote(desk) : null,
  door: knownDoor(desk),
  code: desk.accounts === 0 ? (desk.setup.get(PAIRING_CODE) ?? null) : null,
});

/** The addresses that people may type, and the name that the network knows without a name server. */
function addressesOf(door: ReturnType<typeof knownDoor>, appliance: Appliance | null): string[] {
  if (!door) return [];
  const numbers = pageAddresses(door).slice(0, 2);
  if (!appliance) return numbers;
  const suffix = door.port === 443 ? '' : `:${door.port}`;
  return [...numbers, `https://${hostname().toLowerCase()}.local${suffix}/`];
}

function hasNetwork(): boolean {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.some(({ internal, address }) => !internal && !address.startsWith('fe80:'));
}

const LINE = /^(settings|network|bundle|factory-reset) (done|skipped|failed) ?(.*)$/;

/** What became of a stick at this start, as the caretaker wrote it down. */
function stickLines(folder: string | undefined): Sight['stick'] {
  if (!folder) return [];
  const text = readFileSync(join(folder, 'stick'), 'utf8').slice(0, limits.stick_bytes);
  const lines = text.split('\n').flatMap((line) => {
    const [, item, outcome, words] = LINE.exec(line) ?? [];
    return item ? [{ item: item as StickItem, outcome: outcome as StickOutcome, text: harmless(words ?? '') }] : [];
  });
  return lines.slice(-limits.stick_lines);
}
