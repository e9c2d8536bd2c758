import { codes, type Details, type ErrorCode, errorText, type Language } from '../../core/errors.ts';
import { retell } from '../../core/retell.ts';
import type { UpdateState } from '../../update/updates.ts';
import type { FirmwareAnswer } from './answers.ts';

/** Something that went wrong with an update, as it is kept. */
interface Kept {
  code: string | null;
  /** The sentence of then, in English. */
  reason?: string | null;
  version?: string;
}

/** Why, in somebody's language; null where nothing went wrong. */
export function whyWords({ code, reason, version = '' }: Kept, state: UpdateState, language: Language): string | null {
  if (code === null) return null;
  if (reason) return retell(code, reason, language);
  const { running } = state;
  const details: Details = { version, running: running.version, own: running.product };
  return Object.hasOwn(codes, code) ? errorText(code as ErrorCode, language, details) : code;
}

/** What updates say of themselves, with words for whoever asks. */
export function shownUpdates(state: UpdateState, language: Language) {
  const words = (kept: Kept) => whyWords(kept, state, language);
  const { running, channel, operator, automatic, phase, offered, progress, installed, waiting, nextCheck_ms } = state;
  return {
    ...{ running, channel, operator, automatic, phase, installed, waiting, nextCheck_ms },
    progress: progress && { percent: Math.round(progress.percent), text: progress.text },
    offered: offered && { ...offered, notes: offered.notes[language] },
    lastCheck: state.lastCheck && {
      at_ms: state.lastCheck.at_ms,
      code: state.lastCheck.code,
      words: words(state.lastCheck),
    },
    failed: state.failed.map((failed) => ({
      ...{ version: failed.version, code: failed.code, at_ms: failed.at_ms },
      words: words(failed),
    })),
    history: state.history.map((event) => ({
      ...{ version: event.version, result: event.result, code: event.code, at_ms: event.at_ms, by: event.by },
      words: words(event),
    })),
    report: state.report && { ...state.report, words: words(state.report) },
  } satisfies Partial<FirmwareAnswer>;
}
