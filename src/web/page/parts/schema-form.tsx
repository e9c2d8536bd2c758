import type { Problem } from '../lib/api.ts';
import { type Path, placeOf, problemAt } from '../lib/problems.ts';
import {
  asKind,
  branchesOf,
  branchFor,
  type Group,
  hintOf,
  isGroup,
  labelOf,
  type Schema,
  startOf,
  takesNull,
  wordOf,
} from '../lib/schema.ts';
import { t } from '../lib/texts.ts';
import { CheckField, ProblemText, SelectField } from './fields.tsx';
import { SchemaLeaf } from './schema-leaf.tsx';
import { SchemaList } from './schema-list.tsx';

/** What every node of a form needs of the whole. */
export interface Form {
  readonly problems: readonly Problem[];
  /** What was typed for entries of the secret store, by name; the settings only hold `secret:NAME`. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly onSecret: (name: string, value: string) => void;
}

export interface NodeProps {
  form: Form;
  schema: Schema;
  /** Its key, for the unit and where the schema has no words. */
  name: string;
  value: unknown;
  /** From the root of what is sent. */
  at: Path;
  /** May be left out. */
  optional?: boolean;
  onChange: (value: unknown) => void;
}

interface SchemaFormProps {
  schema: Schema;
  value: Group;
  problems?: readonly Problem[] | undefined;
  onChange: (value: Group) => void;
  secrets?: Readonly<Record<string, string>>;
  onSecrets?: (secrets: Record<string, string>) => void;
  /** Where `value` stands in what is sent, if that is more than the value. */
  at?: Path;
  /** Keys that are drawn elsewhere. */
  hide?: readonly string[];
}

/** Draws the fields of a group from its JSON schema. The form around it, its button and `FormProblems` are the page's. */
export function SchemaForm(props: SchemaFormProps) {
  const { schema, value, problems = [], onChange, secrets = {}, onSecrets, at = [], hide } = props;
  const onSecret = (name: string, typed: string) => onSecrets?.({ ...secrets, [name]: typed });
  const form = { problems, secrets, onSecret };
  return (
    <GroupFields
      form={form}
      schema={schema}
      name=""
      value={value}
      at={at}
      hide={hide}
      onChange={(next) => onChange(next as Group)}
    />
  );
}

function GroupFields({
  form,
  schema,
  value,
  at,
  hide = [],
  onChange,
}: NodeProps & { hide?: readonly string[] | undefined }) {
  const group = isGroup(value) ? value : {};
  const required = new Set(schema.required);
  const shown = Object.entries(schema.properties ?? {}).filter(
    // What has one value only is nobody's choice: the format's version, the kind that was chosen above.
    ([name, property]) =>
      !hide.includes(name) &&
      property.const === undefined &&
      (property.minimum === undefined || property.minimum !== property.maximum),
  );
  return (
    <>
      {shown.map(([name, property]) => (
        <SchemaNode
          key={name}
          form={form}
          schema={property}
          name={name}
          value={group[name]}
          at={[...at, name]}
          optional={!required.has(name)}
          onChange={(next) => onChange(withKey(group, name, next))}
        />
      ))}
    </>
  );
}

function withKey(group: Group, name: string, value: unknown): Group {
  const { [name]: _, ...others } = group;
  return value === undefined ? others : { ...group, [name]: value };
}

/** One node of a schema, as whatever field fits it. */
export function SchemaNode(props: NodeProps) {
  const { schema } = props;
  if (schema.type === 'array') return <SchemaList {...props} Node={SchemaNode} />;
  if (schema.properties) return <GroupFrame {...props} />;
  const branches = branchesOf(schema);
  if (branches.some((branch) => branch.properties)) {
    return takesNull(schema) ? <Switched {...props} branches={branches} /> : <Kinds {...props} branches={branches} />;
  }
  return <SchemaLeaf {...props} schema={branches[0] ? { ...branches[0], ...words(schema) } : schema} />;
}

/** The words of a union stand at the union, not at its branch. */
function words({ title, title_de, description, description_de }: Schema): Schema {
  return Object.fromEntries(
    Object.entries({ title, title_de, description, description_de }).filter(([, text]) => text !== undefined),
  );
}

function GroupFrame(props: NodeProps) {
  const { schema, name, at, form } = props;
  return (
    <fieldset class="group" data-group={placeOf(at)}>
      <legend>{labelOf(schema, name)}</legend>
      {hintOf(schema) && <p class="hint">{hintOf(schema)}</p>}
      <ProblemText id={`problem-${placeOf(at)}`} problem={problemAt(form.problems, ...at)} />
      <GroupFields {...props} />
    </fieldset>
  );
}

/** Off (null) or a group. */
function Switched(props: NodeProps & { branches: readonly Schema[] }) {
  const { schema, name, value, at, form, branches, onChange } = props;
  const on = value !== null && value !== undefined;
  const inside = { ...props, schema: branches[0]! };
  return (
    <fieldset class="group">
      <legend>{labelOf(schema, name)}</legend>
      <CheckField
        label={t('form.on')}
        description={hintOf(schema)}
        at={at}
        problem={problemAt(form.problems, ...at)}
        value={on}
        onChange={(next) => onChange(next ? startOf(branches[0]!) : null)}
      />
      {on && (branches.length === 1 ? <GroupFields {...inside} /> : <KindFields {...props} />)}
    </fieldset>
  );
}

/** One of several groups, told apart by their `kind`. */
function Kinds(props: NodeProps & { branches: readonly Schema[] }) {
  const { schema, name } = props;
  return (
    <fieldset class="group">
      <legend>{labelOf(schema, name)}</legend>
      <KindFields {...props} />
    </fieldset>
  );
}

export function KindFields(props: NodeProps & { branches: readonly Schema[] }) {
  const { value, at, form, branches, onChange } = props;
  const chosen = branchFor(branches, value);
  const kindOf = (branch: Schema) => branch.properties?.kind?.const ?? '';
  return (
    <>
      <SelectField
        label={t('form.kind')}
        at={[...at, 'kind']}
        problem={problemAt(form.problems, ...at, 'kind')}
        value={kindOf(chosen)}
        options={branches.map((branch) => ({
          value: kindOf(branch),
          label: wordOf(branch.properties?.kind ?? {}, kindOf(branch)),
        }))}
        onChange={(kind) => {
          const branch = branches.find((candidate) => kindOf(candidate) === kind)!;
          onChange(asKind(branch, isGroup(value) ? value : {}));
        }}
      />
      <GroupFields {...props} schema={chosen} />
    </>
  );
}
