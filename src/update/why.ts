import { codes, type Details, type ErrorCode, errorText, type Language } from '../core/errors.ts';
import { retell } from '../core/retell.ts';
import type { UpdateState } from './updates.ts';

/** Something that went wrong with an update, as it is kept. */
export interface KeptFailure {
  code: string | null;
  /** The sentence of then, in English. */
  reason?: string | null;
  version?: string;
}

/** Why something went wrong, in somebody's language; null where nothing did. */
export function whyText(failure: KeptFailure, running: UpdateState['running'], language: Language): string | null {
  const { code, reason, version = '' } = failure;
  if (code === null) return null;
  if (reason) return retell(code, reason, language);
  const details: Details = { version, running: running.version, own: running.product };
  return Object.hasOwn(codes, code) ? errorText(code as ErrorCode, language, details) : code;
}
