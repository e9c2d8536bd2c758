import { ApiError, answerOf } from '../../lib/api.ts';
import { language, t } from '../../lib/texts.ts';

/** Long enough for a backup with years of audit over a slow line. */
const DEADLINE_MS = 10 * 60_000;

/** Has the browser save what the box answers to a body: a link cannot send one. @throws ApiError */
export async function download(path: string, body: object): Promise<void> {
  const unreachable = () => {
    throw new ApiError(0, { code: 'unreachable', message: t('common.unreachable') });
  };
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-language': language.value },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).catch(unreachable);
  if (!response.ok) return answerOf(response);
  // An answer that breaks off in the middle is an error here, and no file.
  const content = URL.createObjectURL(await response.blob().catch(unreachable));
  const link = document.createElement('a');
  link.href = content;
  link.download = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'rohrpost';
  link.click();
  setTimeout(() => URL.revokeObjectURL(content), 60_000);
}
