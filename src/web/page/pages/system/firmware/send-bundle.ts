import type { BundleAnswer } from '../../../../firmware/answers.ts';
import type { AnnouncedAnswer, PieceAnswer } from '../../../../routes/firmware.ts';
import { ApiError, answerOf, api } from '../../../lib/api.ts';
import { language, t } from '../../../lib/texts.ts';

/** Small enough for a slow line within the minute that a request may take, and for a bar that moves. */
const PIECE_BYTES = 4 * 2 ** 20;
const PIECE_MS = 55_000;

/** Brings a firmware file to the box, piece by piece. @throws ApiError; the signal's reason */
export async function sendBundle(
  file: File,
  o: { onProgress(bytes: number): void; signal: AbortSignal },
): Promise<BundleAnswer> {
  const { upload } = await api.post<AnnouncedAnswer>('/api/firmware/bundle', { size_bytes: file.size });
  let offset_bytes = 0;
  for (;;) {
    o.onProgress(offset_bytes);
    const piece = file.slice(offset_bytes, offset_bytes + PIECE_BYTES);
    const answer = await send(upload, { piece, offset_bytes, signal: o.signal });
    if (answer.bundle) return answer.bundle;
    offset_bytes = answer.offset_bytes;
  }
}

async function send(
  upload: string,
  o: { piece: Blob; offset_bytes: number; signal: AbortSignal },
): Promise<PieceAnswer> {
  const response = await fetch(`/api/firmware/bundle/${upload}`, {
    method: 'PATCH',
    headers: {
      'content-type': 'application/octet-stream',
      'accept-language': language.value,
      'upload-offset': String(o.offset_bytes),
    },
    body: o.piece,
    signal: AbortSignal.any([o.signal, AbortSignal.timeout(PIECE_MS)]),
  }).catch(() => {
    o.signal.throwIfAborted();
    throw new ApiError(0, { code: 'unreachable', message: t('common.unreachable') });
  });
  return answerOf<PieceAnswer>(response);
}
