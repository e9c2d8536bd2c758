import type { Partner, Route } from '../../../../config/schema.ts';
import type { Problem } from '../../lib/api.ts';
import { problemAt } from '../../lib/problems.ts';
import type { Group, Schema } from '../../lib/schema.ts';
import { t } from '../../lib/texts.ts';
import { SchemaForm } from '../../parts/schema-form.tsx';
import { Ticks } from '../settings/ticks.tsx';

interface RuleFormProps {
  rule: Route;
  position: number;
  schema: Schema;
  partners: readonly Partner[];
  problems: readonly Problem[] | undefined;
  onChange: (rule: Route) => void;
}

/** The fields of one rule. */
export function RuleForm({ rule, position, schema, partners, problems, onChange }: RuleFormProps) {
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
      <Ticks
        legend={t('rules.to')}
        hint={partners.length === 0 ? t('rules.no-partners') : t('rules.to-hint')}
        at={['routes', position, 'to']}
        problem={problemAt(problems, 'routes', position, 'to')}
        options={partners}
        value={rule.to}
        onChange={(to) => onChange({ ...rule, to })}
      />
    </>
  );
}
