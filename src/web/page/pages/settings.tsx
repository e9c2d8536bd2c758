import type { SettingsAnswer } from '../../routes/settings.ts';
import type { Group } from '../lib/schema.ts';
import { labelOf } from '../lib/schema.ts';
import { state } from '../lib/session.ts';
import { t } from '../lib/texts.ts';
import { Failure } from '../parts/failures.tsx';
import { Card, Page } from '../parts/layout.tsx';
import { FormProblems } from '../parts/problems.tsx';
import { SchemaForm } from '../parts/schema-form.tsx';
import { Notice, Spinner } from '../parts/words.tsx';
import { Conflict } from './settings/conflict.tsx';
import { type Editor, useEditor } from './settings/editor.ts';
import { SaveBar } from './settings/save-bar.tsx';

/** Partners, targets and rules have pages of their own. */
const SECTIONS = ['site', 'dicom', 'mail', 'settle', 'retention', 'disk', 'alarms', 'web', 'update', 'log'] as const;

export default function SettingsPage() {
  const { editor, failure, reload } = useEditor();
  return (
    <Page title={t('settings.title')} lead={t('settings.lead')}>
      {failure && <Failure error={failure} onRetry={reload} />}
      {!editor && !failure && <Spinner />}
      {editor && <SettingsForm editor={editor} />}
    </Page>
  );
}

function SettingsForm({ editor }: { editor: Editor }) {
  const { schema, draft, secrets } = editor;
  return (
    <form
      noValidate
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void editor.save();
      }}
    >
      <BrokenFile answer={editor.answer} />
      <Conflict editor={editor} />
      <FormProblems error={editor.error} />
      {SECTIONS.map((name) => {
        const section = schema.properties?.[name];
        // Elsewhere the system of the machine is updated by whoever looks after it.
        if (!section || (name === 'update' && !state.value?.machine)) return null;
        return (
          <Card key={name} title={labelOf(section, name)}>
            <SchemaForm
              schema={section}
              value={draft[name] as Group}
              at={[name]}
              problems={editor.error?.problems}
              secrets={secrets}
              onSecrets={editor.setSecrets}
              onChange={(value) => editor.set((settings) => ({ ...settings, [name]: value }))}
            />
          </Card>
        );
      })}
      <SaveBar editor={editor} />
    </form>
  );
}

/** The file was changed by hand and is wrong: what, and at which line. */
export function BrokenFile({ answer }: { answer: SettingsAnswer }) {
  if (answer.alarm === null) return null;
  const problems = answer.problems.map(({ message }) => message);
  return (
    <Notice tone="fail" title={t('settings.file-broken')}>
      <p>{t('settings.file-broken-words')}</p>
      <ul>
        {(problems.length > 0 ? problems : [answer.alarm]).map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
    </Notice>
  );
}
