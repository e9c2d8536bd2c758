import type { Role } from '../../../route.ts';
import type { Problem } from '../../lib/api.ts';
import { problemAt } from '../../lib/problems.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { SelectField, TextField } from '../../parts/fields.tsx';

interface FieldOf<Value> {
  value: Value;
  onChange: (value: Value) => void;
  problems?: readonly Problem[] | undefined;
}

export function RoleField({ value, onChange, problems, most = 'admin' }: FieldOf<Role> & { most?: Role }) {
  const roles = (['viewer', 'operator', 'admin'] as const).slice(0, ORDER[most]);
  return (
    <SelectField
      label={t('users.role')}
      at={['role']}
      problem={problemAt(problems, 'role')}
      value={value}
      options={roles.map((role) => ({ value: role, label: t(`users.role-${role}`) }))}
      onChange={(role) => onChange(role as Role)}
    />
  );
}

const ORDER = { viewer: 1, operator: 2, admin: 3 } as const;

export function LanguageField({ value, onChange }: FieldOf<'de' | 'en'>) {
  return (
    <SelectField
      label={t('users.language')}
      at={['language']}
      value={value}
      options={[
        { value: 'de', label: 'Deutsch' },
        { value: 'en', label: 'English' },
      ]}
      onChange={(language) => onChange(language as 'de' | 'en')}
    />
  );
}

/** A password that is handed over, so it can be seen; one that nobody guesses is suggested. */
export function FirstPasswordField({ label, value, onChange, problems }: FieldOf<string> & { label: string }) {
  return (
    <>
      <TextField
        label={label}
        description={t('users.password-hint')}
        at={['password']}
        problem={problemAt(problems, 'password')}
        mono
        value={value}
        onChange={onChange}
      />
      <div class="actions">
        <Button onClick={() => onChange(suggested())}>{t('users.suggest')}</Button>
      </div>
    </>
  );
}

/** Sixteen characters of Crockford's base32, 80 random bits, in groups that can be read out. */
function suggested(): string {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
  const characters = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => alphabet[byte & 31]);
  return characters.join('').replace(/(.{4})(?=.)/g, '$1-');
}
