import { useState } from 'preact/hooks';
import type { Settings, Target } from '../../../config/schema.ts';
import type { FindingAnswer } from '../../probes/shapes.ts';
import { api } from '../lib/api.ts';
import { branchesOf, startOf, wordOf } from '../lib/schema.ts';
import { may } from '../lib/session.ts';
import { t } from '../lib/texts.ts';
import { Button } from '../parts/button.tsx';
import { ask } from '../parts/dialog.tsx';
import { Failure } from '../parts/failures.tsx';
import { Card, Page } from '../parts/layout.tsx';
import { FormProblems } from '../parts/problems.tsx';
import { Table } from '../parts/table.tsx';
import { Badge, Empty, Spinner } from '../parts/words.tsx';
import { Conflict } from './settings/conflict.tsx';
import { type Editor, useEditor } from './settings/editor.ts';
import { Finding } from './targets/finding.tsx';
import { TargetForm } from './targets/form.tsx';

export default function TargetsPage() {
  const { editor, failure, reload } = useEditor();
  const [position, setPosition] = useState<number | null>(null);
  if (failure || !editor) {
    return (
      <Page title={t('targets.title')} lead={t('targets.lead')}>
        {failure ? <Failure error={failure} onRetry={reload} /> : <Spinner />}
      </Page>
    );
  }
  if (position !== null && editor.draft.targets[position]) {
    const leave = () => {
      editor.reset();
      setPosition(null);
    };
    const isNew = position >= editor.base.targets.length;
    return (
      <Page
        key="form"
        title={isNew ? t('targets.add') : t('targets.edit')}
        actions={<Button onClick={leave}>{t('common.back')}</Button>}
      >
        <TargetForm editor={editor} position={position} onDone={() => setPosition(null)} />
      </Page>
    );
  }
  const add = () => {
    const first = branchesOf(editor.schema.properties?.targets?.items ?? {})[0];
    if (!first) return;
    const target = startOf(first) as Target;
    editor.set((draft) => ({ ...draft, targets: [...draft.targets, target] }));
    setPosition(editor.draft.targets.length);
  };
  const action = may('admin') && (
    <Button kind="primary" icon="add" onClick={add}>
      {t('targets.add')}
    </Button>
  );
  return (
    <Page key="list" title={t('targets.title')} lead={t('targets.lead')} actions={action}>
      <TargetList editor={editor} onEdit={setPosition} />
    </Page>
  );
}

function TargetList({ editor, onEdit }: { editor: Editor; onEdit: (position: number) => void }) {
  const [finding, setFinding] = useState<FindingAnswer | null>(null);
  const { base } = editor;
  const test = async (target: Target) => {
    setFinding(null);
    setFinding(await api.post<FindingAnswer>(`/api/probes/target/${target.id}`));
  };
  const remove = async (target: Target) => {
    const name = nameOf(target);
    const answer = await ask({
      title: t('targets.remove-question', { name }),
      text: <p>{t('targets.remove-words')}</p>,
      confirm: t('common.remove'),
      danger: true,
    });
    if (answer !== null)
      await editor.change((draft) => ({ ...draft, targets: draft.targets.filter(({ id }) => id !== target.id) }));
  };
  return (
    <Card>
      <Conflict editor={editor} />
      <FormProblems error={editor.error} />
      {finding && <Finding finding={finding} />}
      <Table
        caption={t('targets.title')}
        head={[
          t('partners.name'),
          t('targets.kind'),
          t('targets.place'),
          t('targets.use'),
          { label: t('common.change'), unseen: true },
        ]}
        rows={base.targets.map((target, position) => ({
          key: target.id,
          cells: [
            nameOf(target),
            wordOf(kindSchema(editor, target), target.kind),
            <span key="place" class="mono">
              {placeOf(target)}
            </span>,
            <Use key="use" settings={base} target={target} />,
            <div key="buttons" class="actions">
              <Button label={t('targets.test-one', { name: nameOf(target) })} onClick={() => test(target)}>
                {t('targets.test')}
              </Button>
              {may('admin') && (
                <>
                  <Button
                    kind="quiet"
                    icon="edit"
                    label={t('targets.edit-one', { name: nameOf(target) })}
                    onClick={() => onEdit(position)}
                  />
                  <Button
                    kind="quiet"
                    icon="remove"
                    label={t('targets.remove-one', { name: nameOf(target) })}
                    onClick={() => remove(target)}
                  />
                </>
              )}
            </div>,
          ],
        }))}
        empty={
          <Empty title={t('targets.none')}>
            <p>{t('targets.none-words')}</p>
          </Empty>
        }
      />
    </Card>
  );
}

function Use({ settings, target }: { settings: Settings; target: Target }) {
  const users = settings.partners.filter((partner) => partner.targets.includes(target.id));
  if (!target.default && users.length === 0) return <Badge tone="warn">{t('targets.unused')}</Badge>;
  const names = users.map(({ name }) => name).join(', ');
  return (
    <>
      {[target.default && t('targets.default'), names !== '' && t('targets.used-by', { partners: names })]
        .filter(Boolean)
        .join('; ')}
    </>
  );
}

const nameOf = (target: Target) => target.name ?? target.id;

function kindSchema(editor: Editor, target: Target) {
  const branches = branchesOf(editor.schema.properties?.targets?.items ?? {});
  return branches.find((branch) => branch.properties?.kind?.const === target.kind)?.properties?.kind ?? {};
}

function placeOf(target: Target): string {
  if (target.kind === 'dicom') return `${target.ae_title} @ ${target.host}:${target.port}`;
  if (target.kind === 'smb') return `//${target.host}/${target.share}`;
  return target.path;
}
