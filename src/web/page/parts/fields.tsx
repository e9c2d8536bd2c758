import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { type Path, placeOf } from '../lib/problems.ts';
import { t } from '../lib/texts.ts';
import { Icon } from './icon.tsx';

/** What every field has. */
export interface FieldProps {
  label: ComponentChildren;
  /** What is allowed, or what it is for: below the label. */
  description?: ComponentChildren;
  /** What is wrong with it. */
  problem?: string | undefined;
  /** Where it stands in what is sent: lets `FormProblems` find it. */
  at?: Path;
  required?: boolean;
  disabled?: boolean;
  /** For the password store of the browser. */
  name?: string;
}

interface Described {
  name: string | undefined;
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': boolean | undefined;
  'data-at': string | undefined;
  'aria-required': boolean | undefined;
  disabled: boolean | undefined;
}

/** Label, description, control and problem, tied together for those who do not see them side by side. */
export function Field({ label, description, problem, at, required, disabled, name, children }: FieldFrame) {
  const id = useId();
  const ids = [description ? `${id}-d` : '', problem ? `${id}-p` : ''].filter((part) => part !== '').join(' ');
  return (
    <div class={problem ? 'field wrong' : 'field'}>
      <label for={id}>{label}</label>
      {description && (
        <p class="hint" id={`${id}-d`}>
          {description}
        </p>
      )}
      {children({
        id,
        name,
        'aria-describedby': ids === '' ? undefined : ids,
        'aria-invalid': problem ? true : undefined,
        'data-at': at && placeOf(at),
        // Not `required`: the browser would say it, in its own language, before the box can.
        'aria-required': required,
        disabled,
      })}
      <ProblemText id={`${id}-p`} problem={problem} />
    </div>
  );
}

interface FieldFrame extends FieldProps {
  children: (control: Described) => ComponentChildren;
}

export function ProblemText({ id, problem }: { id: string; problem: string | undefined }) {
  if (!problem) return null;
  return (
    <p class="problem" id={id}>
      <Icon name="fail" />
      <span>{problem}</span>
    </p>
  );
}

/** The types of preact know each type of input apart; here it is one of several. */
const typed = (type: string): object => ({ type });

export interface TextFieldProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  type?: 'text' | 'email' | 'search' | 'date' | 'time' | 'url';
  placeholder?: string;
  autoComplete?: string;
  inputMode?: 'text' | 'numeric' | 'email' | 'url';
  maxLength?: number;
  /** Figures and addresses read better in letters of one width. */
  mono?: boolean;
  /** More than one line. */
  rows?: number;
  /** Behind a short field: its unit, what is allowed. */
  unit?: string;
  onBlur?: () => void;
}

export function TextField({ value, onChange, type = 'text', mono, rows, unit, placeholder, ...more }: TextFieldProps) {
  const own = {
    class: mono ? 'mono' : undefined,
    value,
    placeholder,
    autoComplete: more.autoComplete ?? 'off',
    inputMode: more.inputMode,
    maxLength: more.maxLength,
    spellcheck: false,
    onBlur: more.onBlur,
  };
  return (
    <Field {...more}>
      {(control) =>
        rows ? (
          <textarea {...control} {...own} rows={rows} onInput={(event) => onChange(event.currentTarget.value)} />
        ) : (
          <WithUnit unit={unit}>
            <input {...control} {...own} {...typed(type)} onInput={(event) => onChange(event.currentTarget.value)} />
          </WithUnit>
        )
      }
    </Field>
  );
}

function WithUnit({ unit, children }: { unit: string | undefined; children: ComponentChildren }) {
  if (!unit) return <>{children}</>;
  return (
    <span class="with-unit">
      {children}
      <span class="unit">{unit}</span>
    </span>
  );
}

export interface SelectFieldProps extends FieldProps {
  value: string;
  options: readonly { readonly value: string; readonly label: string }[];
  onChange: (value: string) => void;
}

export function SelectField({ value, options, onChange, ...more }: SelectFieldProps) {
  return (
    <Field {...more}>
      {(control) => (
        <select {...control} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export interface CheckFieldProps extends FieldProps {
  value: boolean;
  onChange: (value: boolean) => void;
}

export function CheckField({ label, description, problem, at, value, disabled, onChange }: CheckFieldProps) {
  const id = useId();
  const ids = [description ? `${id}-d` : '', problem ? `${id}-p` : ''].filter((part) => part !== '').join(' ');
  return (
    <div class={problem ? 'field check wrong' : 'field check'}>
      <input
        type="checkbox"
        id={id}
        checked={value}
        disabled={disabled}
        aria-describedby={ids === '' ? undefined : ids}
        aria-invalid={problem ? true : undefined}
        data-at={at && placeOf(at)}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
      {description && (
        <p class="hint" id={`${id}-d`}>
          {description}
        </p>
      )}
      <ProblemText id={`${id}-p`} problem={problem} />
    </div>
  );
}

export interface NumberFieldProps extends FieldProps {
  /** Undefined where nothing, or no whole number, is typed. */
  value: number | undefined;
  onChange: (value: number | undefined) => void;
  /** Behind the field. */
  unit?: string;
  minimum?: number;
  maximum?: number;
}

/** A whole number. What is typed stays as it was typed; a field of type `number` would throw letters away in silence. */
export function NumberField({ value, onChange, unit, minimum, maximum, ...more }: NumberFieldProps) {
  const [typed, setTyped] = useState(value === undefined ? '' : String(value));
  const number = /^-?\d{1,15}$/.test(typed.trim()) ? Number(typed) : undefined;
  const shown = number === value ? typed : value === undefined ? typed : String(value);
  const wrong = shown.trim() !== '' && number === undefined ? t('form.not-a-number') : undefined;
  const range = minimum !== undefined && maximum !== undefined ? `${minimum} – ${maximum}` : undefined;
  const change = (text: string) => {
    setTyped(text);
    onChange(/^-?\d{1,15}$/.test(text.trim()) ? Number(text) : undefined);
  };
  return (
    <Field {...more} problem={more.problem ?? wrong}>
      {(control) => (
        <WithUnit unit={[unit, range].filter(Boolean).join(', ')}>
          <input
            {...control}
            type="text"
            inputMode="numeric"
            autoComplete="off"
            class="number"
            value={shown}
            onInput={(event) => change(event.currentTarget.value)}
          />
        </WithUnit>
      )}
    </Field>
  );
}

export interface PasswordFieldProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  autoComplete?: 'current-password' | 'new-password' | 'one-time-code' | 'off';
  placeholder?: string;
}

export function PasswordField({ value, onChange, autoComplete = 'off', placeholder, ...more }: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <Field {...more}>
      {(control) => (
        <span class="with-button">
          <input
            {...control}
            {...typed(shown ? 'text' : 'password')}
            autoComplete={autoComplete}
            placeholder={placeholder}
            spellcheck={false}
            value={value}
            onInput={(event) => onChange(event.currentTarget.value)}
          />
          <button type="button" class="button quiet" aria-pressed={shown} onClick={() => setShown(!shown)}>
            {t('form.show-password')}
          </button>
        </span>
      )}
    </Field>
  );
}

export interface FileFieldProps extends FieldProps {
  accept?: string;
  multiple?: boolean;
  onChange: (files: readonly File[]) => void;
}

export function FileField({ accept, multiple, onChange, ...more }: FileFieldProps) {
  return (
    <Field {...more}>
      {(control) => (
        <input
          {...control}
          type="file"
          accept={accept}
          multiple={multiple}
          onChange={(event) => onChange([...(event.currentTarget.files ?? [])])}
        />
      )}
    </Field>
  );
}
