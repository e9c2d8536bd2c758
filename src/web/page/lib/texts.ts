import { signal } from '@preact/signals';
import type { Language } from '../../../core/errors.ts';
import { type Filling, fill } from '../../../core/texts.ts';
import type { TextKey, webTexts } from '../../texts.ts';

export type { TextKey };

/** A key whose text needs no values. */
export type PlainKey = {
  [Key in TextKey]: Filling<typeof webTexts, Key> extends [] ? Key : never;
}[TextKey];

const REMEMBERED = 'rohrpost-language';

/** The language of the page; a component that reads it is drawn anew when it changes. */
export const language = signal<Language>('de');
const texts = signal<Readonly<Record<string, string>>>({});

/** The text of a key in the language of the page, its placeholders filled. */
export function t<Key extends TextKey>(key: Key, ...[values]: Filling<typeof webTexts, Key>): string {
  return fill(texts.value[key] ?? key, values ?? {});
}

/** A text of a table that travels with its page's own code, such as those of states. */
export function say(text: Readonly<Record<Language, string>>): string {
  return text[language.value];
}

/** Loads the texts of a language and shows the page in it. */
export async function speak(chosen: Language): Promise<void> {
  const { default: loaded } = chosen === 'de' ? await import('virtual:texts/de') : await import('virtual:texts/en');
  texts.value = loaded;
  language.value = chosen;
  document.documentElement.lang = chosen;
}

/** The language that was chosen in this browser, or else the one it prefers. */
export function languageHere(fallback: Language): Language {
  const remembered = rememberedLanguage();
  if (remembered !== null) return remembered;
  const preferred = navigator.languages.map((name) => name.slice(0, 2)).find((name) => name === 'de' || name === 'en');
  return (preferred as Language | undefined) ?? fallback;
}

/** What was chosen in this browser; it comes before what the account says. */
export function rememberedLanguage(): Language | null {
  const remembered = localStorage.getItem(REMEMBERED);
  return remembered === 'de' || remembered === 'en' ? remembered : null;
}

export function rememberLanguage(chosen: Language | null): void {
  if (chosen === null) localStorage.removeItem(REMEMBERED);
  else localStorage.setItem(REMEMBERED, chosen);
}
