import type { Partner, Settings } from '../../../../config/schema.ts';
import { problemAt } from '../../lib/problems.ts';
import { type Group, hintOf, labelOf } from '../../lib/schema.ts';
import { t } from '../../lib/texts.ts';
import { Failure } from '../../parts/failures.tsx';
import { Card } from '../../parts/layout.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { SchemaForm } from '../../parts/schema-form.tsx';
import { Notice, Spinner } from '../../parts/words.tsx';
import { Conflict } from '../settings/conflict.tsx';
import { useEditor } from '../settings/editor.ts';
import { SaveBar } from '../settings/save-bar.tsx';
import { Ticks } from '../settings/ticks.tsx';

/** Keys have a card of their own; targets are ticked; the id names the partner in the ledger; of patient ids there is no choice. */
const ELSEWHERE = ['id', 'fingerprints', 'patient_id', 'targets'];

/** What a partner can take and how we treat it. */
export function Profile({ id }: { id: string }) {
  const { editor, failure, reload } = useEditor();
  if (failure) return <Failure error={failure} onRetry={reload} />;
  if (!editor) return <Spinner />;
  const position = editor.draft.partners.findIndex((partner) => partner.id === id);
  const partner = editor.draft.partners[position];
  const item = editor.schema.properties?.partners?.items;
  const targets = item?.properties?.targets;
  if (!partner || !item || !targets) return null;
  const change = (value: Group) =>
    editor.set((draft: Settings) => ({
      ...draft,
      partners: draft.partners.toSpliced(position, 1, value as unknown as Partner),
    }));
  return (
    <Card title={t('partners.profile')}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void editor.save();
        }}
      >
        <Conflict editor={editor} />
        <FormProblems error={editor.error} />
        <SchemaForm
          schema={item}
          value={partner as unknown as Group}
          at={['partners', position]}
          problems={editor.error?.problems}
          secrets={editor.secrets}
          onSecrets={editor.setSecrets}
          hide={ELSEWHERE}
          onChange={change}
        />
        <Ticks
          legend={labelOf(targets, 'targets')}
          hint={hintOf(targets) ?? ''}
          at={['partners', position, 'targets']}
          problem={problemAt(editor.error?.problems, 'partners', position, 'targets')}
          options={editor.draft.targets.map((target) => ({ id: target.id, name: target.name ?? target.id }))}
          value={partner.targets}
          onChange={(ticked) => change({ ...partner, targets: ticked } as unknown as Group)}
        />
        {partner.legacy_crypto && <LegacyWarning />}
        <SaveBar editor={editor} />
      </form>
    </Card>
  );
}

export function LegacyWarning() {
  return (
    <Notice tone="fail" title={t('partners.legacy-warning')} live>
      <p>{t('partners.legacy-warning-words')}</p>
    </Notice>
  );
}
