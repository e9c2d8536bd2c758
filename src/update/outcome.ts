import { codes } from '../core/errors.ts';
import { updateLimits } from '../core/update-limits.ts';
import type { Kept, Pending } from './state.ts';
import type { UpdateEvent } from './updates.ts';

/** The machine as it has just started, or as the program finds it. */
export interface Started {
  version: string;
  onTrial: boolean;
  fellBack: { version: string; code: string } | null;
  /** Which start of the machine this is (boot_id of the kernel). */
  boot: string;
  now_ms: number;
}

/**
 * What became of an update that was on its way when the program was last there: by comparing what was to come with what runs.
 * @returns what is known now, and the news in it, if there is any
 */
export function outcomeOf(kept: Kept, at: Started): { kept: Kept; news: UpdateEvent | null } {
  const now = { ...kept, running: at.version };
  const { pending } = kept;
  if (pending && at.version !== pending.from) return arrived(now, { ...pending, version: at.version }, at);
  if (pending) return stayed(now, pending, at);
  if (at.fellBack && kept.noted !== at.boot) {
    // A stick brought it.
    return fellBack(now, { version: at.fellBack.version, by: 'stick' }, at);
  }
  if (kept.running === at.version) return { kept: now, news: null };
  const stick: Pending = {
    ...{ version: at.version, from: kept.running, sha256: null, by: 'stick', stage: 'trial', since_ms: at.now_ms },
    ...{ worked: true, boot: at.boot, interruptions: 0, asked: true, restart: false },
  };
  return arrived(now, stick, at);
}

/** The new version runs: on trial until the machine says otherwise. */
function arrived(kept: Kept, pending: Pending, at: Started) {
  if (!at.onTrial) return good(kept, pending, at.now_ms);
  const trial: Pending = { ...pending, stage: 'trial', boot: at.boot };
  return { kept: { ...kept, pending: trial }, news: null };
}

/** An update has proven itself. */
export function good(kept: Kept, pending: Pending, now_ms: number): { kept: Kept; news: UpdateEvent } {
  const news: UpdateEvent = {
    ...{ version: pending.version ?? kept.running, result: 'good', code: null, at_ms: now_ms, by: pending.by },
  };
  const failed = kept.failed.filter(({ version }) => version !== news.version);
  return { kept: withEvent({ ...kept, pending: null, failed }, news), news };
}

/** What ran before still runs, or runs again. */
function stayed(kept: Kept, pending: Pending, at: Started): { kept: Kept; news: UpdateEvent | null } {
  const isOfIt = at.fellBack !== null && (pending.version === null || pending.version === at.fellBack.version);
  if (isOfIt && kept.noted !== at.boot) {
    return fellBack(kept, { version: at.fellBack!.version, by: pending.by }, at);
  }
  if (pending.stage === 'interrupted') return { kept, news: null };
  if (pending.stage === 'installing') return brokenOff(kept, pending, at);
  // Only the program was started anew; the machine still waits for its restart.
  if (pending.boot === at.boot) return { kept: { ...kept, pending: { ...pending, stage: 'installed' } }, news: null };
  return fellBack(kept, { version: pending.version ?? '?', by: pending.by }, at);
}

/** A restart came while it was being written; it is begun anew, unless it seems to be what restarts the box. */
function brokenOff(kept: Kept, pending: Pending, at: Started): { kept: Kept; news: UpdateEvent | null } {
  const interruptions = pending.interruptions + 1;
  if (interruptions < updateLimits.interruptions || pending.version === null) {
    return { kept: { ...kept, pending: { ...pending, stage: 'interrupted', interruptions } }, news: null };
  }
  const code = 'update-interrupted';
  const news: UpdateEvent = { version: pending.version, result: 'failed', code, at_ms: at.now_ms, by: pending.by };
  const { version, sha256 } = pending;
  const failed = [{ version, sha256, code, at_ms: at.now_ms }, ...kept.failed].slice(0, updateLimits.failed);
  return { kept: withEvent({ ...kept, pending: null, failed }, news), news };
}

function fellBack(kept: Kept, of: Pick<UpdateEvent, 'version' | 'by'>, at: Started) {
  const said = at.fellBack?.code ?? 'boot';
  // `boot`: it never spoke. Else a code of the self-test, perhaps of a newer version than this.
  const code = said === 'boot' ? 'update-never-started' : Object.hasOwn(codes, said) ? said : 'update-unfit';
  const news: UpdateEvent = { ...of, result: 'fell-back', code, at_ms: at.now_ms };
  const failed = [{ version: of.version, sha256: null, code, at_ms: at.now_ms }, ...kept.failed];
  const now = { ...kept, pending: null, noted: at.boot, failed: failed.slice(0, updateLimits.failed) };
  return { kept: withEvent(now, news), news };
}

/** With one more event, the newest first; the same once more only becomes newer. */
export function withEvent(kept: Kept, event: UpdateEvent): Kept {
  const [newest, ...older] = kept.history;
  const isSame = newest?.version === event.version && newest.result === event.result && newest.code === event.code;
  const rest = isSame ? older : kept.history;
  return { ...kept, history: [event, ...rest].slice(0, updateLimits.history) };
}
