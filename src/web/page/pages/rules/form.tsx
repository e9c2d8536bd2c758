import type { Partner, Route } from '../../../../config/schema.ts';
import type { Problem } from '../../lib/api.ts';
import { problemAt } from '../../lib/problems.ts';
import type { Group, Schema } from '../../lib/schema.ts';
import { t } from '../../lib/texts.ts';
import { CheckField, ProblemText } from '../../parts/fields.tsx';
import { SchemaForm } from '../../parts/schema-form.tsx';

interface RuleFormProps {
  rule: Route;
  position: number;
  schema: Schema;
  partners: readonly Partner[];
  problems: readonly Problem[] | undefined;
  onChange: (rule: Route) => void;
}

/** The fields of one rule. Partners are ticked, for nobody knows their ids by heart. */
export function RuleForm({ rule, position, schema, partners, problems, onChange }: RuleFormProps) {
  const at = ['routes', position, 'to'];
  const tick = (id: string, isOn: boolean) =>
    onChange({ ...rule, to: isOn ? [...rule.to, id] : rule.to.filter((other) => other !== id) });
  return (
    <>
      <SchemaForm
        schema={schema}
        value={rule}
        at={['routes', position]}
        problems={problems}
        hide={['to']}
        onChange={(value: Group) => onChange(value as Route)}
      />
      <fieldset class="group" data-group={at.join('.')}>
        <legend>{t('rules.to')}</legend>
        <p class="hint">{partners.length === 0 ? t('rules.no-partners') : t('rules.to-hint')}</p>
        <ProblemText id={`problem-${at.join('.')}`} problem={problemAt(problems, ...at)} />
        {partners.map(({ id, name }) => (
          <CheckField key={id} label={name} at={at} value={rule.to.includes(id)} onChange={(isOn) => tick(id, isOn)} />
        ))}
      </fieldset>
    </>
  );
}
