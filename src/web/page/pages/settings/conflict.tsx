import { useState } from 'preact/hooks';
import type { Changed } from '../../../settings/stale.ts';
import { momentText } from '../../lib/format.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { CheckField } from '../../parts/fields.tsx';
import { Table } from '../../parts/table.tsx';
import { Notice } from '../../parts/words.tsx';
import { type Change, changesBetween, isTouched, valueAt } from './changes.ts';
import type { Editor } from './editor.ts';
import { settingName, valueText } from './words.ts';

/**
 * Somebody else saved while this person was changing: what, by whom, and what becomes of it. Where both changed the same
 * setting, the other one's stays unless the person says otherwise.
 */
export function Conflict({ editor }: { editor: Editor }) {
  const { conflict, base, draft, schema, reset, saveOnTop, busy } = editor;
  const [taken, setTaken] = useState<readonly string[]>([]);
  if (!conflict) return null;
  const mine = changesBetween(base, draft);
  const theirs = conflict.changed ?? unattributed(changesBetween(base, conflict.settings), base);
  const isBoth = (path: string) => mine.some((change) => isTouched(change.path, path));
  const kept = mine.filter((change) => {
    const against = theirs.filter(({ path }) => isTouched(path, change.path));
    return against.every(({ path }) => taken.includes(path));
  });
  const row = (changed: Changed) => {
    const { path, before, after, by, at_ms } = changed;
    const name = settingName(schema, conflict.settings, path);
    const who = by ?? t('settings.conflict-elsewhere');
    return {
      key: path,
      cells: [
        name,
        valueText(schema, path, before),
        valueText(schema, path, after),
        isBoth(path) ? (
          <div key="mine">
            {valueText(schema, path, valueAt(draft, path))}
            <CheckField
              label={t('settings.conflict-take-mine-short')}
              description={<span class="unseen">{t('settings.conflict-take-mine', { setting: name })}</span>}
              value={taken.includes(path)}
              onChange={(take) => setTaken(take ? [...taken, path] : taken.filter((other) => other !== path))}
            />
          </div>
        ) : (
          t('settings.conflict-untouched')
        ),
        at_ms === null ? who : `${who}, ${momentText(at_ms)}`,
      ],
    };
  };
  return (
    <Notice tone="warn" title={t('settings.conflict')} live>
      <p>{t('settings.conflict-words')}</p>
      <Table
        caption={t('settings.conflict-caption')}
        head={[
          t('settings.conflict-setting'),
          t('settings.conflict-before'),
          t('settings.conflict-theirs'),
          t('settings.conflict-mine'),
          t('settings.conflict-by'),
        ]}
        rows={theirs.map(row)}
      />
      <div class="actions">
        <Button kind="primary" busy={busy} onClick={() => saveOnTop(kept)}>
          {t('settings.conflict-save')}
        </Button>
        <Button onClick={reset}>{t('settings.conflict-leave')}</Button>
      </div>
    </Notice>
  );
}

/** What the box does not know any more, seen from what this page began with. */
function unattributed(changes: readonly Change[], base: unknown): Changed[] {
  return changes.map(({ path, value }) => ({ path, before: valueAt(base, path), after: value, by: null, at_ms: null }));
}
