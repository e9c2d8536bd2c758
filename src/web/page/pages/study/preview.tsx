import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../../lib/api.ts';
import { language, t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/layout.tsx';
import { Badge, Notice } from '../../parts/words.tsx';

const DEADLINE_MS = 60_000;

/** One image, on demand: looking at it is recorded. Never without the word that it is not for diagnosis. */
export function Preview({ id }: { id: string }) {
  const [shown, setShown] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => () => void (shown && URL.revokeObjectURL(shown)), [shown]);
  useEffect(() => {
    setShown(null);
    setProblem(null);
  }, [id]);

  const show = async () => {
    setProblem(null);
    try {
      setShown(URL.createObjectURL(await pictureOf(id)));
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      setProblem(thrown.message);
    }
  };
  return (
    <Card title={t('study.preview')} actions={<Badge tone="warn">{t('study.not-for-diagnosis')}</Badge>}>
      <div class="study-figure">
        {shown ? (
          <img src={shown} alt={t('study.preview-alt')} />
        ) : (
          <>
            <p>{t('study.preview-words')}</p>
            <Button onClick={show}>{t('study.preview-show')}</Button>
          </>
        )}
        {problem && (
          <Notice tone="info" live>
            <p>{problem}</p>
          </Notice>
        )}
      </div>
    </Card>
  );
}

/** @throws ApiError */
async function pictureOf(id: string): Promise<Blob> {
  const response = await fetch(`/api/studies/${id}/preview`, {
    headers: { 'accept-language': language.value },
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).catch(() => {
    throw new ApiError(0, { code: 'unreachable', message: t('common.unreachable') });
  });
  if (response.ok) return response.blob();
  throw new ApiError(response.status, await response.json().catch(() => ({ code: 'unexpected' })));
}
