import { useId } from 'preact/hooks';
import { language, rememberLanguage, speak, t } from '../lib/texts.ts';
import { setTheme, theme, themes } from '../lib/theme.ts';

/** Language and appearance of this browser. */
export function Preferences() {
  const id = useId();
  const other = language.value === 'de' ? 'en' : 'de';
  const change = async () => {
    rememberLanguage(other);
    await speak(other);
  };
  return (
    <div class="preferences">
      <button type="button" class="button quiet" lang={other} onClick={() => void change()}>
        {other === 'de' ? 'Deutsch' : 'English'}
      </button>
      <label class="unseen" for={id}>
        {t('common.theme')}
      </label>
      <select
        id={id}
        value={theme.value}
        onChange={({ currentTarget: { value } }) => setTheme(themes.find((known) => known === value) ?? 'system')}
      >
        {themes.map((known) => (
          <option key={known} value={known}>
            {t(`common.theme-${known}`)}
          </option>
        ))}
      </select>
    </div>
  );
}
