import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import type { Editor } from './editor.ts';

/** What ends a form of settings: saved, or as it was. */
export function SaveBar({ editor, submit = true }: { editor: Editor; submit?: boolean }) {
  return (
    <div class="actions end">
      <span class="hint" role="status">
        {editor.isChanged ? t('settings.unsaved') : ''}
      </span>
      <Button onClick={editor.reset} disabled={!editor.isChanged}>
        {t('settings.reset')}
      </Button>
      <Button
        type={submit ? 'submit' : 'button'}
        kind="primary"
        busy={editor.busy}
        disabled={!editor.isChanged}
        {...(!submit && { onClick: () => editor.save() })}
      >
        {t('common.save')}
      </Button>
    </div>
  );
}
