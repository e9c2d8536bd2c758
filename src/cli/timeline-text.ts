import { bytesText, harmless, momentText, shortId, spanText } from '../core/figures.ts';
import { retell } from '../core/retell.ts';
import { entityText, stateText } from '../line/state-texts.ts';
import type { Step } from '../store/timeline.ts';
import type { Console } from './console.ts';

/** The steps as lines: when, how long after the first, what; the peer's words below. */
export function timelineLines(c: Console, steps: readonly Step[]): string[] {
  const began_ms = steps[0]?.at_ms ?? 0;
  return steps.flatMap((step) => {
    const after = `+${spanText(step.at_ms - began_ms, c.language)}`.padStart(14);
    const line = `${momentText(step.at_ms, c.language)} ${after}  ${stepText(c, step)}`;
    const words = step.words ? harmless(retell(step.code ?? null, step.words, c.language)) : '';
    return words === '' ? [line] : [line, `${' '.repeat(8)}${words}`];
  });
}

function stepText({ say, language }: Console, step: Step): string {
  const peer = step.peer ?? '';
  const count = step.count ?? 0;
  const of = step.of ?? count;
  const size = bytesText(step.size_bytes ?? 0, language);
  switch (step.step) {
    case 'first-in':
      return say('line.first-in');
    case 'last-in':
      return say('line.last-in', { count, size });
    case 'settled':
      return say('line.settled');
    case 'consigned':
      return count > 1 ? say('line.consigned-more', { peer, count }) : say('line.consigned', { peer });
    case 'packed':
      return say('line.packed', { peer, count });
    case 'sealed':
      return say('line.sealed', { peer, count, of, size });
    case 'sent':
      return say('line.sent', { peer, count, of });
    case 'confirmed':
      return say('line.confirmed', { peer, count, of });
    case 'mails':
      return say('line.mails', { peer, count, size });
    case 'opened':
      return say('line.opened', { count, of });
    case 'complete':
      return say('line.complete', { count });
    case 'delivered':
      return say('line.delivered', { peer, count, of });
    case 'answered':
      return say('line.answered', { count, of });
    case 'event':
    case 'overcome':
    case 'trying': {
      const entity = step.entity ?? '';
      const what = entityText(entity, language);
      const state = stateText(entity, step.state ?? '', language);
      const id = shortId(step.id ?? '');
      const more = step.count !== undefined && step.count > 1 ? ` (${step.count})` : '';
      if (step.step === 'event') return say('line.event', { what, id, state }) + more;
      if (step.step === 'overcome') return say('line.overcome', { what, state, count: step.attempts ?? 0 });
      return say('line.trying', { what, id, state, count: step.attempts ?? 0 });
    }
  }
}
