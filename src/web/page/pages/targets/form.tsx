import { useState } from 'preact/hooks';
import type { Settings, Target } from '../../../../config/schema.ts';
import type { FindingAnswer } from '../../../probes/shapes.ts';
import { useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/layout.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { SchemaNode } from '../../parts/schema-form.tsx';
import { Conflict } from '../settings/conflict.tsx';
import type { Editor } from '../settings/editor.ts';
import { SaveBar } from '../settings/save-bar.tsx';
import { Finding } from './finding.tsx';

/** One target: its fields, a test of what they say, and saving it. */
export function TargetForm({ editor, position, onDone }: { editor: Editor; position: number; onDone: () => void }) {
  const item = editor.schema.properties?.targets?.items;
  const target = editor.draft.targets[position];
  if (!item || !target) return null;
  const change = (value: unknown) =>
    editor.set((draft: Settings) => ({ ...draft, targets: draft.targets.toSpliced(position, 1, value as Target) }));
  const { secrets } = editor;
  const onSecret = (name: string, typed: string) => editor.setSecrets({ ...secrets, [name]: typed });
  return (
    <form
      noValidate
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void editor.save().then((isSaved) => isSaved && onDone());
      }}
    >
      <Conflict editor={editor} />
      <FormProblems error={editor.error} />
      <Card>
        <div class="stack">
          <SchemaNode
            form={{ problems: editor.error?.problems ?? [], secrets, onSecret }}
            schema={item}
            name=""
            value={target}
            at={['targets', position]}
            onChange={change}
          />
          <TestDraft target={target} secrets={secrets} />
        </div>
      </Card>
      <SaveBar editor={editor} />
    </form>
  );
}

/** Tests what stands in the form, before anybody saves it. */
function TestDraft({ target, secrets }: { target: Target; secrets: Readonly<Record<string, string>> }) {
  const [finding, setFinding] = useState<FindingAnswer | null>(null);
  const ask = useAction(async (probe: 'echo' | 'store' | 'share' | 'folder') => {
    setFinding(null);
    setFinding(await api.post<FindingAnswer>(`/api/probes/${probe}`, draftOf(target, secrets)));
  });
  const probe = ({ dicom: 'echo', smb: 'share', folder: 'folder' } as const)[target.kind];
  return (
    <>
      <div class="actions">
        <Button busy={ask.busy} onClick={() => ask.run(probe)}>
          {t('targets.test')}
        </Button>
        {target.kind === 'dicom' && (
          <Button busy={ask.busy} onClick={() => ask.run('store')}>
            {t('targets.test-store')}
          </Button>
        )}
      </div>
      {target.kind === 'dicom' && <p class="hint">{t('targets.test-store-hint')}</p>}
      <FormProblems error={ask.error} />
      {finding && <Finding finding={finding} />}
    </>
  );
}

function draftOf(target: Target, secrets: Readonly<Record<string, string>>): object {
  if (target.kind === 'dicom') {
    const { host, port, ae_title, tls } = target;
    return { host, port, ae_title, tls };
  }
  if (target.kind === 'folder') return { folder: target };
  const typed = secrets[(target.password ?? '').replace('secret:', '')];
  return { share: target, ...(typed && { password: typed }) };
}
