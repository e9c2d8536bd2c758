import { useRef, useState } from 'preact/hooks';
import { useAction } from '../../../lib/action.ts';
import { ApiError, api } from '../../../lib/api.ts';
import { bytesText } from '../../../lib/format.ts';
import { problemAt } from '../../../lib/problems.ts';
import { tell } from '../../../lib/tell.ts';
import { t } from '../../../lib/texts.ts';
import { Button } from '../../../parts/button.tsx';
import { FileField } from '../../../parts/fields.tsx';
import { Card } from '../../../parts/layout.tsx';
import { FormProblems } from '../../../parts/problems.tsx';
import { Progress } from '../../../parts/words.tsx';
import type { FirmwareProps } from './now.tsx';
import { atOnce, confirmInstall } from './offer.tsx';
import { sendBundle } from './send-bundle.ts';

/** A firmware file from one's own disk: brought to the box, and handed to it for checking and installing. */
export function Upload({ firmware, reload }: FirmwareProps) {
  const [file, setFile] = useState<File | null>(null);
  const [sent_bytes, setSent] = useState<number | null>(null);
  const stop = useRef<AbortController>(undefined);
  const upload = useAction(async () => {
    const chosen = fitting(file, firmware.bundle_bytes);
    if (!(await confirmInstall(t('firmware.install-file-ask', { file: chosen.name })))) return;
    stop.current = new AbortController();
    const { signal } = stop.current;
    try {
      const bundle = await sendBundle(chosen, { onProgress: setSent, signal });
      await api.post('/api/firmware/bundle/install', { file: bundle.file, restart: atOnce.value });
      tell('ok', t('firmware.upload-done'));
      await reload();
    } catch (thrown) {
      // Whoever cancels needs no word about it.
      if (!signal.aborted) throw thrown;
    } finally {
      setSent(null);
    }
  });
  const isBusy = firmware.phase === 'installing' || firmware.phase === 'restarting';
  return (
    <Card title={t('firmware.upload')}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void upload.run();
        }}
      >
        <p class="intro">{t('firmware.upload-lead')}</p>
        <FormProblems error={upload.error} />
        <FileField
          label={t('firmware.file')}
          accept=".raucb"
          onChange={([first]) => setFile(first ?? null)}
          at={['file']}
          problem={problemAt(upload.error?.problems, 'file')}
          required
        />
        {sent_bytes !== null && file && <Progress label={t('firmware.uploading')} value={sent_bytes} max={file.size} />}
        <div class="actions end">
          {sent_bytes !== null && <Button onClick={() => stop.current?.abort()}>{t('firmware.upload-stop')}</Button>}
          <Button type="submit" busy={upload.busy} disabled={isBusy}>
            {t('firmware.upload-do')}
          </Button>
        </div>
      </form>
    </Card>
  );
}

/** @throws ApiError beside the field, before anything is sent */
function fitting(file: File | null, most_bytes: number): File {
  if (file !== null && file.size <= most_bytes) return file;
  const message = file ? t('firmware.file-too-large', { size: bytesText(most_bytes) }) : t('firmware.file-missing');
  const problems = [{ path: ['file'], code: 'request-invalid' as const, message }];
  throw new ApiError(0, { code: 'request-invalid', message, problems });
}
