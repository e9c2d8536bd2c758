import type { Language } from '../../core/errors.ts';
import type { UpdateState } from '../../update/updates.ts';
import { type KeptFailure, whyText } from '../../update/why.ts';
import type { FirmwareAnswer } from './answers.ts';

/** What updates say of themselves, with words for whoever asks. */
export function shownUpdates(state: UpdateState, language: Language) {
  const words = (failure: KeptFailure) => whyText(failure, state.running, language);
  const { running, channel, operator, automatic, phase, offered, progress, installed, waiting, nextCheck_ms } = state;
  return {
    ...{ running, channel, operator, automatic, phase, installed, waiting, nextCheck_ms },
    trouble: state.trouble && { code: state.trouble.code, words: words(state.trouble) },
    progress: progress && { percent: Math.round(progress.percent), text: progress.text },
    offered: offered && { ...offered, notes: offered.notes[language] },
    lastCheck: state.lastCheck && {
      at_ms: state.lastCheck.at_ms,
      code: state.lastCheck.code,
      words: words(state.lastCheck),
    },
    failed: state.failed.map((failed) => ({
      ...{ version: failed.version, code: failed.code, at_ms: failed.at_ms },
      words: words({ ...failed, reason: reasonFor(failed, state) }),
    })),
    history: state.history.map((event) => ({
      ...{ version: event.version, result: event.result, code: event.code, at_ms: event.at_ms, by: event.by },
      words: words(event),
    })),
    report: state.report && { ...state.report, words: words(state.report) },
  } satisfies Partial<FirmwareAnswer>;
}

/** What was said when it failed stands in the history, as long as that reaches back. */
function reasonFor({ version, code }: { version: string; code: string }, { history }: UpdateState): string | null {
  return history.find((event) => event.version === version && event.code === code)?.reason ?? null;
}
