import type { ComponentType } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { placeOf, problemAt } from '../lib/problems.ts';
import { hintOf, isGroup, labelOf, type Schema, startOf } from '../lib/schema.ts';
import { t } from '../lib/texts.ts';
import { Button } from './button.tsx';
import { ProblemText } from './fields.tsx';
import type { NodeProps } from './schema-form.tsx';

/** A list whose entries can be added, removed and put in another order. The order counts: the first rule that fits wins. */
export function SchemaList(props: NodeProps & { Node: ComponentType<NodeProps> }) {
  const { form, schema, name, value, at, onChange, Node } = props;
  const list = Array.isArray(value) ? value : [];
  const items = schema.items!;
  const frame = useRef<HTMLFieldSetElement>(null);
  /** Where the focus goes once the list has been drawn anew. */
  const next = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (next.current === null) return;
    const target = frame.current?.querySelector<HTMLElement>(next.current);
    next.current = null;
    target?.focus();
  });

  const inEntry = (index: number, selector: string) => `:scope > [data-entry="${index}"] ${selector}`;
  const add = () => {
    next.current = inEntry(list.length, ':is(input, select, textarea)');
    onChange([...list, startOf(items) ?? '']);
  };
  const remove = (index: number) => {
    next.current = ':scope > .list-add .button';
    onChange(list.toSpliced(index, 1));
  };
  const move = (index: number, by: -1 | 1) => {
    next.current = inEntry(index + by, `[data-move="${by}"] .button`);
    onChange(list.toSpliced(index, 1).toSpliced(index + by, 0, list[index]));
  };
  return (
    <fieldset class="group" ref={frame} data-group={placeOf(at)}>
      <legend>{labelOf(schema, name)}</legend>
      <p class="hint">
        {[hintOf(schema), items.properties ? undefined : labelOf(items, '')].filter(Boolean).join(' · ')}
      </p>
      <ProblemText id={`problem-${placeOf(at)}`} problem={problemAt(form.problems, ...at)} />
      {list.length === 0 && <p class="hint">{t('form.empty-list')}</p>}
      {list.map((entry, index) => (
        <div key={index} class="entry" data-entry={index}>
          <Node
            form={form}
            schema={{ ...items, ...entryWords(entry, index) }}
            name={name}
            value={entry}
            at={[...at, index]}
            onChange={(changed) => onChange(list.toSpliced(index, 1, changed ?? ''))}
          />
          <div class="entry-buttons">
            <span data-move="-1">
              <Button
                kind="quiet"
                icon="up"
                label={t('form.move-up')}
                disabled={index === 0}
                onClick={() => move(index, -1)}
              />
            </span>
            <span data-move="1">
              <Button
                kind="quiet"
                icon="down"
                label={t('form.move-down')}
                disabled={index === list.length - 1}
                onClick={() => move(index, 1)}
              />
            </span>
            <Button
              kind="quiet"
              icon="remove"
              label={t('form.remove-entry', { number: index + 1 })}
              disabled={list.length <= (schema.minItems ?? 0)}
              onClick={() => remove(index)}
            />
          </div>
        </div>
      ))}
      <div class="list-add">
        <Button icon="add" disabled={list.length >= (schema.maxItems ?? 1000)} onClick={add}>
          {t('common.add')}
        </Button>
      </div>
    </fieldset>
  );
}

/** Every entry would have the same words; they stand once, above. */
function entryWords(entry: unknown, index: number): Schema {
  return { title: entryName(entry, index), title_de: undefined, description: undefined, description_de: undefined };
}

/** What people know an entry by. */
function entryName(entry: unknown, index: number): string {
  const own = isGroup(entry) ? (entry.name ?? entry.id ?? entry.ae_title ?? entry.address) : undefined;
  return typeof own === 'string' && own !== '' ? own : t('form.entry', { number: index + 1 });
}
