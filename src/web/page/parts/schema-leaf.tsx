import { useState } from 'preact/hooks';
import { sizeOf, sizeText } from '../lib/format.ts';
import { type Path, problemAt } from '../lib/problems.ts';
import { hintOf, labelOf, unitOf, wordOf } from '../lib/schema.ts';
import { t } from '../lib/texts.ts';
import { CheckField, PasswordField, SelectField, TextField } from './fields.tsx';
import type { NodeProps } from './schema-form.tsx';

/** Kinds of text that are read letter by letter. */
const EXACT = ['ae-title', 'host', 'network', 'fingerprint', 'path', 'id', 'address', 'share', 'folder-pattern'];
const WHOLE = /^-?\d{1,15}$/;

/**
 * A field of one value. What is typed and is no such value goes to the box as it is: the box says beside the field what is
 * allowed. Nothing that was typed gives way to a default in silence.
 */
export function SchemaLeaf(props: NodeProps) {
  const { form, schema, name, value, at, optional, onChange } = props;
  const common = {
    label: labelOf(schema, name),
    description: hintOf(schema),
    problem: problemAt(form.problems, ...at),
    at,
    required: optional !== true,
  };
  if (schema.type === 'boolean') return <CheckField {...common} value={value === true} onChange={onChange} />;
  if (schema.enum) {
    const values = schema.enum.map((known) => ({ value: known, label: wordOf(schema, known) }));
    const none = optional || value === undefined ? [{ value: '', label: t('form.default') }] : [];
    return (
      <SelectField
        {...common}
        value={typeof value === 'string' ? value : ''}
        options={[...none, ...values]}
        onChange={(chosen) => onChange(chosen === '' ? undefined : chosen)}
      />
    );
  }
  if (schema.problem === 'setting-secret') return <SecretField {...props} common={common} />;
  if (schema.type === 'integer' || schema.type === 'number') return <NumberLeaf {...props} common={common} />;
  return (
    <TextField
      {...common}
      mono={EXACT.some((kind) => schema.problem === `setting-${kind}`)}
      maxLength={schema.maxLength}
      value={textOf(value)}
      onChange={(typed) => onChange(typed === '' ? undefined : typed)}
    />
  );
}

interface Common {
  label: string;
  description: string | undefined;
  problem: string | undefined;
  at: Path;
  required: boolean;
}

const textOf = (value: unknown) => (value === undefined || value === null ? '' : String(value));

function NumberLeaf({ schema, name, value, common, onChange }: NodeProps & { common: Common }) {
  const unit = unitOf(name);
  const [typed, setTyped] = useState('');
  if (unit === 'bytes') {
    const known = sizeOf(typed) ?? typed;
    const shown = known === value ? typed : typeof value === 'number' ? sizeText(value) : textOf(value);
    return (
      <TextField
        {...common}
        description={[common.description, t('form.unit-bytes')].filter(Boolean).join(' · ')}
        value={shown}
        onChange={(text) => {
          setTyped(text);
          onChange(text === '' ? undefined : (sizeOf(text) ?? text));
        }}
      />
    );
  }
  const { minimum, maximum } = schema;
  const range = minimum !== undefined && maximum !== undefined ? `${minimum} – ${maximum}` : undefined;
  const words = [unit && t(`form.unit-${unit}`), range].filter(Boolean).join(', ');
  return (
    <TextField
      {...common}
      inputMode="numeric"
      unit={words}
      value={textOf(value)}
      onChange={(text) => onChange(text === '' ? undefined : WHOLE.test(text.trim()) ? Number(text) : text)}
    />
  );
}

/** A password. Typed, it goes to the secret store; the settings hold its name. */
function SecretField({ form, value, at, common, onChange }: NodeProps & { common: Common }) {
  const name = typeof value === 'string' && value.startsWith('secret:') ? value.slice('secret:'.length) : null;
  const typed = name === null ? '' : (form.secrets[name] ?? '');
  const change = (text: string) => {
    const own = name ?? newSecretName(at);
    if (name === null) onChange(`secret:${own}`);
    form.onSecret(own, text);
  };
  const kept = name !== null && form.secrets[name] === undefined;
  return (
    <PasswordField
      {...common}
      // The schema speaks of `secret:NAME`, which people do not type here.
      description={undefined}
      required={common.required && !kept}
      autoComplete="new-password"
      placeholder={kept ? t('form.secret-kept') : undefined}
      value={typed}
      onChange={change}
    />
  );
}

/** After the place; with chance in it within a list, whose entries move and are replaced. */
function newSecretName(at: Path): string {
  const words = at
    .filter((step) => typeof step === 'string')
    .join('-')
    .replaceAll('_', '-')
    .slice(0, 50);
  const chance = at.some((step) => typeof step === 'number') ? `-${crypto.randomUUID().slice(0, 8)}` : '';
  return `${words}${chance}`;
}
