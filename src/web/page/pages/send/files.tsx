import { useEffect, useRef, useState } from 'preact/hooks';
import { bytesText, numberText } from '../../lib/format.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Card } from '../../parts/layout.tsx';
import { Notice, Progress } from '../../parts/words.tsx';
import { batch, type Entry } from './batch.ts';
import { choosesFolders, fromDrop, fromInput } from './gather.ts';

/** Names are shown one by one up to this; a list of thousands helps nobody. */
const SHOWN = 100;

/** Where files are dropped or chosen, and how far they are. */
export function Files() {
  const { files } = useTotals();
  return (
    <Card title={t('send.files')}>
      <DropZone />
      <Leftover />
      <div class="uploading">{files > 0 ? <Uploading /> : <p class="hint">{t('send.no-files')}</p>}</div>
      <Skipped />
    </Card>
  );
}

export function useTotals() {
  // Reading the signal draws this anew when the batch has changed.
  void batch.changes.value;
  return batch.totals();
}

function DropZone() {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const isOver = useDrop();
  const take = (input: HTMLInputElement) => {
    const picked = fromInput(input.files!);
    // The same file can be chosen again.
    input.value = '';
    void batch.add(async () => picked);
  };
  return (
    <div class={isOver ? 'drop-zone over' : 'drop-zone'}>
      <Icon name="upload" />
      <p class="drop-words">{t('send.drop')}</p>
      <p class="hint">{t('send.drop-hint')}</p>
      <div class="actions">
        <Button onClick={() => files.current?.click()}>{t('send.choose-files')}</Button>
        {choosesFolders && <Button onClick={() => folder.current?.click()}>{t('send.choose-folder')}</Button>}
      </div>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label={t('send.choose-files')}
        onChange={(event) => take(event.currentTarget)}
      />
      <input
        ref={folder}
        type="file"
        hidden
        aria-label={t('send.choose-folder')}
        {...{ webkitdirectory: true }}
        onChange={(event) => take(event.currentTarget)}
      />
    </div>
  );
}

/** Drags report themselves every 50 ms (HTML, "drag-and-drop processing model"), and are over when they do not. */
const OVER_MS = 250;

/**
 * Files may be dropped anywhere on the page: where they missed, the browser would open them in its place. True while they
 * hover. Whatever can be dropped can be chosen by buttons too.
 */
function useDrop(): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const over = { timer: undefined as ReturnType<typeof setTimeout> | undefined };
    const hover = (event: DragEvent) => {
      event.preventDefault();
      setOver(true);
      clearTimeout(over.timer);
      over.timer = setTimeout(() => setOver(false), OVER_MS);
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      if (!event.dataTransfer) return;
      const dropped = fromDrop(event.dataTransfer);
      void batch.add(() => dropped);
    };
    window.addEventListener('dragover', hover);
    window.addEventListener('drop', drop);
    return () => {
      clearTimeout(over.timer);
      window.removeEventListener('dragover', hover);
      window.removeEventListener('drop', drop);
    };
  }, []);
  return isOver;
}

/** Files of an earlier try, known by their marks alone: picked again, they go on where they were. */
function Leftover() {
  void batch.changes.value;
  const count = batch.leftover();
  if (count === 0 || batch.gathering.value) return null;
  return (
    <Notice tone="info">
      <p>{t('send.leftover', { count })}</p>
      <Button onClick={() => batch.forgetLeftover()}>{t('send.leftover-forget')}</Button>
    </Notice>
  );
}

function Uploading() {
  const { files, done, failed, bytes, sent_bytes } = useTotals();
  const isUnderWay = done + failed < files;
  const figures = { done: numberText(done), files: numberText(files), size: bytesText(bytes) };
  return (
    <>
      <Progress value={sent_bytes} max={Math.max(1, bytes)} label={t('send.progress', figures)} />
      <p class="hint" role="status">
        {batch.lost.value
          ? t('send.lost')
          : isUnderWay || batch.gathering.value
            ? t('send.uploading')
            : failed > 0
              ? t('send.some-failed', { count: failed })
              : t('send.all-there')}
      </p>
      <Running />
      <Failed />
      <div class="actions">
        <Button onClick={() => batch.clear({ sent: false })}>{t('send.clear')}</Button>
      </div>
      <details>
        <summary>{t('send.show-files')}</summary>
        <ul class="file-list">
          {batch.entries.slice(0, SHOWN).map((entry) => (
            <FileLine key={entry.mark} entry={entry} />
          ))}
        </ul>
        {batch.entries.length > SHOWN && (
          <p class="hint">{t('send.and-more', { count: batch.entries.length - SHOWN })}</p>
        )}
      </details>
    </>
  );
}

/** Large files take their time; small ones would only flicker past. */
const LARGE_BYTES = 5_000_000;

function Running() {
  const large = batch.entries.filter(({ state, file }) => state === 'running' && file.size > LARGE_BYTES);
  return (
    <>
      {large.map((entry) => (
        <Progress key={entry.mark} value={entry.sent_bytes} max={entry.file.size} label={entry.file.name} />
      ))}
    </>
  );
}

function Failed() {
  const failed = batch.entries.filter(({ state }) => state === 'failed');
  if (failed.length === 0) return null;
  return (
    <Notice tone="fail" live>
      <ul>
        {failed.slice(0, SHOWN).map(({ mark, file, problem }) => (
          <li key={mark}>
            {file.name}: {problem}
          </li>
        ))}
      </ul>
      <Button icon="refresh" onClick={() => batch.retry()}>
        {t('common.retry')}
      </Button>
    </Notice>
  );
}

function FileLine({ entry }: { entry: Entry }) {
  const { file, folder, state } = entry;
  return (
    <li>
      <span class="file-name">{folder === '' ? file.name : `${folder}/${file.name}`}</span>
      <span class="hint">
        {bytesText(file.size)}, {t(`send.file-${state}`)}
      </span>
      <Button
        kind="quiet"
        icon="remove"
        label={t('send.remove', { name: file.name })}
        onClick={() => batch.remove(entry)}
      />
    </li>
  );
}

function Skipped() {
  void batch.changes.value;
  const { skipped } = batch;
  if (skipped.length === 0) return null;
  return (
    <details class="skipped">
      <summary>{t('send.skipped', { count: skipped.length })}</summary>
      <ul class="file-list">
        {skipped.slice(0, SHOWN).map(({ name, folder, why }) => (
          <li key={`${folder}/${name}`}>
            <span class="file-name">{folder === '' ? name : `${folder}/${name}`}</span>
            <span class="hint">{t(`send.skipped-${why}`)}</span>
          </li>
        ))}
      </ul>
      {skipped.length > SHOWN && <p class="hint">{t('send.and-more', { count: skipped.length - SHOWN })}</p>}
    </details>
  );
}
