import { type Details, type ErrorCode, errorText, type Language, RohrpostError } from '../core/errors.ts';

/** Where a setting stands: keys and list positions from the root. */
export type Path = readonly (string | number)[];

/** Problems that are told at once. Nobody mends more in one go, and a megabyte of nonsense must not be answered by thirty. */
export const MOST_PROBLEMS = 100;

/** One thing that is wrong with the settings. It never carries the value itself, which might be a password. */
export interface Problem {
  readonly code: ErrorCode;
  readonly path: Path;
  readonly details: Details;
  /** Line in the file, from 1; null where the settings came from a form or the API. */
  readonly line: number | null;
}

export function pathText(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}

/** A problem as a sentence: "line 12: mail.smtp.port: must be a whole number from 1 to 65535". */
export function problemText(problem: Problem, language: Language): string {
  const line = problem.line === null ? '' : `${language === 'de' ? 'Zeile' : 'line'} ${problem.line}: `;
  const path = problem.path.length === 0 ? '' : `${pathText(problem.path)}: `;
  return line + path + errorText(problem.code, language, problem.details);
}

export function problemsText(problems: readonly Problem[], language: Language): string {
  return problems.map((problem) => problemText(problem, language)).join('; ');
}

/** `config-invalid` with all problems at once, as text in the error's details and as a list. */
export class SettingsError extends RohrpostError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('config-invalid', {
      details: { problems: problemsText(problems, 'en'), problems_de: problemsText(problems, 'de') },
    });
    this.name = 'SettingsError';
    this.problems = problems;
  }
}
