import { useState } from 'preact/hooks';
import type { Route, Settings } from '../../../config/schema.ts';
import { startOf } from '../lib/schema.ts';
import { may } from '../lib/session.ts';
import { t } from '../lib/texts.ts';
import { Button } from '../parts/button.tsx';
import { Failure } from '../parts/failures.tsx';
import { Card, Page } from '../parts/layout.tsx';
import { FormProblems } from '../parts/problems.tsx';
import { Badge, Empty, Spinner } from '../parts/words.tsx';
import { RuleForm } from './rules/form.tsx';
import { TryRules } from './rules/try.tsx';
import { conditionWords, partnerNames, timeWords } from './rules/words.ts';
import { Conflict } from './settings/conflict.tsx';
import { type Editor, useEditor } from './settings/editor.ts';
import { SaveBar } from './settings/save-bar.tsx';

export default function RulesPage() {
  const { editor, failure, reload } = useEditor();
  return (
    <Page title={t('rules.title')} lead={t('rules.lead')}>
      {failure && <Failure error={failure} onRetry={reload} />}
      {!editor && !failure && <Spinner />}
      {editor && (
        <div class="stack">
          <Rules editor={editor} />
          <TryRules draft={editor.draft} />
        </div>
      )}
    </Page>
  );
}

function Rules({ editor }: { editor: Editor }) {
  /** The rules whose fields are open, by position. */
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const { draft, schema } = editor;
  const item = schema.properties?.routes?.items;
  if (!item) return null;
  const setRules = (change: (rules: Route[]) => Route[]) =>
    editor.set((settings: Settings) => ({ ...settings, routes: change(settings.routes) }));
  const add = () => {
    setOpen(new Set([...open, draft.routes.length]));
    setRules((rules) => [...rules, startOf(item) as Route]);
  };
  const toggle = (position: number) => {
    const next = new Set(open);
    if (!next.delete(position)) next.add(position);
    setOpen(next);
  };
  const remove = (position: number) => {
    setOpen(new Set([...open].filter((at) => at !== position).map((at) => (at > position ? at - 1 : at))));
    setRules((rules) => rules.toSpliced(position, 1));
  };
  const hasProblem = (position: number) =>
    editor.error?.problems.some(({ path }) => path[0] === 'routes' && path[1] === position) === true;
  return (
    <form
      noValidate
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void editor.save().then((isSaved) => isSaved && setOpen(new Set()));
      }}
    >
      <Conflict editor={editor} />
      <FormProblems error={editor.error} />
      {draft.routes.length === 0 && (
        <Empty title={t('rules.none')}>
          <p>{t('rules.none-words')}</p>
        </Empty>
      )}
      {draft.routes.map((rule, position) => {
        const isOpen = open.has(position) || hasProblem(position);
        return (
          <Card
            key={position}
            title={rule.id ?? t('rules.new')}
            actions={
              may('admin') && (
                <RuleButtons
                  rule={rule}
                  isOpen={isOpen}
                  onToggle={() => toggle(position)}
                  onRemove={() => remove(position)}
                />
              )
            }
          >
            {isOpen ? (
              <RuleForm
                rule={rule}
                position={position}
                schema={item}
                partners={draft.partners}
                problems={editor.error?.problems}
                onChange={(next) => setRules((rules) => rules.toSpliced(position, 1, next))}
              />
            ) : (
              <Summary rule={rule} editor={editor} />
            )}
          </Card>
        );
      })}
      {may('admin') && (
        <>
          <Button icon="add" onClick={add}>
            {t('rules.add')}
          </Button>
          <SaveBar editor={editor} />
        </>
      )}
    </form>
  );
}

interface RuleButtonsProps {
  rule: Route;
  isOpen: boolean;
  onToggle: () => void;
  onRemove: () => void;
}

function RuleButtons({ rule, isOpen, onToggle, onRemove }: RuleButtonsProps) {
  const id = rule.id ?? t('rules.new');
  return (
    <>
      <Button
        kind="quiet"
        icon={isOpen ? 'up' : 'edit'}
        label={t('rules.edit-one', { id })}
        expanded={isOpen}
        onClick={onToggle}
      />
      <Button kind="quiet" icon="remove" label={t('rules.remove-one', { id })} onClick={onRemove} />
    </>
  );
}

function Summary({ rule, editor }: { rule: Route; editor: Editor }) {
  const times = timeWords(rule);
  return (
    <p>
      {t('rules.when')}: {conditionWords(rule, editor.schema.properties?.routes?.items)} → {t('rules.to')}:{' '}
      {partnerNames(editor.draft, rule.to)} {rule.urgent && <Badge tone="warn">{t('rules.urgent')}</Badge>}
      {times && <span class="hint"> {times}</span>}
    </p>
  );
}
