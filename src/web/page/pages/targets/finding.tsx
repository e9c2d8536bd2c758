import type { FindingAnswer } from '../../../probes/shapes.ts';
import { spanText } from '../../lib/format.ts';
import { t } from '../../lib/texts.ts';
import { Notice } from '../../parts/words.tsx';

/** How a test went, in the words of whoever answered, and what to do about it. */
export function Finding({
  finding,
}: {
  finding: Pick<FindingAnswer, 'state' | 'words' | 'advice'> & { elapsed_ms?: number };
}) {
  const { state, words, advice, elapsed_ms } = finding;
  return (
    <Notice tone={state} live>
      <p>
        {words} {elapsed_ms !== undefined && `(${t('targets.tested-in', { time: spanText(elapsed_ms) })})`}
      </p>
      {advice && <p>{advice}</p>}
    </Notice>
  );
}
