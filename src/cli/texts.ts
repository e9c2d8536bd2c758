import type { Language } from '../core/errors.ts';
import { helpTexts } from './texts/help.ts';
import { outputTexts } from './texts/output.ts';
import { entityTexts, stateTexts } from './texts/states.ts';

/** Every text of the command line, in every language: a missing one, or a missing value for a `{placeholder}`, is a type error. */
export const texts = { ...helpTexts, ...outputTexts } as const;

export type TextKey = keyof typeof texts;

/** `{count}` is a value, `{count:mail|mails}` a word that goes with it. */
type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends `${infer Value}:${string}` ? Value : Name) | Placeholders<Rest>
  : never;
type Values<Key extends TextKey> = Placeholders<(typeof texts)[Key]['en']>;
type Filling<Key extends TextKey> = [Values<Key>] extends [never]
  ? []
  : [Readonly<Record<Values<Key>, string | number>>];

export type Say = <Key extends TextKey>(key: Key, ...values: Filling<Key>) => string;

/** The texts of one language. */
export function sayIn(language: Language): Say {
  return (key, ...[values]) => {
    const filling = (values ?? {}) as Readonly<Record<string, string | number>>;
    return texts[key][language].replace(/\{([a-z]+)(?::([^|}]*)\|([^}]*))?\}/g, (_, name: string, one, many) => {
      const value = String(filling[name]);
      return one === undefined ? value : value === '1' ? one : many;
    });
  };
}

/** What a kind of row is called; an unknown kind keeps its name. */
export function entityText(entity: string, language: Language): string {
  return (entityTexts as Record<string, Readonly<Record<Language, string>>>)[entity]?.[language] ?? entity;
}

/** What a state is called; an unknown one keeps its name. */
export function stateText(entity: string, state: string, language: Language): string {
  const states = (stateTexts as Record<string, Record<string, Readonly<Record<Language, string>>>>)[entity];
  return states?.[state]?.[language] ?? state;
}
