import type { Static, TSchema } from 'typebox';
import { RohrpostError } from '../core/errors.ts';
import { examine } from './examine.ts';
import { type Problem, problemsText } from './problems.ts';

/** `request-invalid` with all problems at once, as text in the error's details and as a list. */
export class RequestError extends RohrpostError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('request-invalid', {
      details: { problems: problemsText(problems, 'en'), problems_de: problemsText(problems, 'de') },
    });
    this.name = 'RequestError';
    this.problems = problems;
  }
}

/**
 * Checks what a request brought (body, query, parameters) as settings are checked, and fills in the defaults. `coerce`
 * reads the numbers, truth values and lists of a query string, which knows only texts.
 * @throws RequestError (`request-invalid`) with every problem and its path
 */
export function checkBody<Schema extends TSchema>(
  schema: Schema,
  value: unknown,
  options: { coerce?: boolean } = {},
): Static<Schema> {
  const { value: complete, findings } = examine(schema, value, options);
  if (findings.length === 0) return complete as Static<Schema>;
  throw new RequestError(findings.map(({ code, path, details }) => ({ code, path, details, line: null })));
}
