import { type Filling, sayIn } from '../../src/core/texts.ts';
import { messages } from './texts/messages.ts';

export type MessageKey = keyof typeof messages;

/** What the world does to an operator: a sentence of `texts/messages.ts` in both languages. Bugs are plain errors. */
export class FleetError extends Error {
  readonly key: MessageKey;
  /** The sentence in the operator's language. */
  readonly in: (language: 'de' | 'en') => string;

  constructor(key: MessageKey, text: (language: 'de' | 'en') => string, cause?: unknown) {
    super(text('en'), { cause });
    this.name = 'FleetError';
    this.key = key;
    this.in = text;
  }
}

/** An error with its sentence filled; a value that is missing does not compile. */
export function failure<Key extends MessageKey>(key: Key, ...values: Filling<typeof messages, Key>): FleetError {
  return new FleetError(key, (language) => sayIn(messages, language)(key, ...values));
}

/** The system's own words for what it refused. */
export function reasonOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\s+/g, ' ').trim().slice(0, 300);
}
