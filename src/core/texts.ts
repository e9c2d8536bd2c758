import type { Language } from './errors.ts';

/** A text for people in every language: a missing one is a type error. */
export type Text = Readonly<Record<Language, string>>;
export type Texts = Readonly<Record<string, Text>>;

/** `{count}` is a value, `{count:mail|mails}` a word that goes with it. */
type Placeholders<Sentence extends string> = Sentence extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends `${infer Value}:${string}` ? Value : Name) | Placeholders<Rest>
  : never;
type Values<T extends Texts, Key extends keyof T> = Placeholders<T[Key]['en']>;
export type Filling<T extends Texts, Key extends keyof T> = [Values<T, Key>] extends [never]
  ? []
  : [Readonly<Record<Values<T, Key>, string | number>>];

/** Says the text of a key; a missing value for a `{placeholder}` is a type error too. */
export type Say<T extends Texts> = <Key extends keyof T>(key: Key, ...values: Filling<T, Key>) => string;

/** The texts of one language. */
export function sayIn<T extends Texts>(texts: T, language: Language): Say<T> {
  return (key, ...[values]) => fill(texts[key]![language], values ?? {});
}

/** A sentence with its placeholders filled. */
export function fill(sentence: string, values: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{([a-z]+)(?::([^|}]*)\|([^}]*))?\}/g, (_, name: string, one, many) => {
    const value = String(values[name]);
    return one === undefined ? value : value === '1' ? one : many;
  });
}
