import { applianceCodes } from './codes/appliance.ts';
import { backupCodes } from './codes/backup.ts';
import { certificateCodes } from './codes/certificate.ts';
import { configCodes } from './codes/config.ts';
import { dicomCodes } from './codes/dicom.ts';
import { generalCodes } from './codes/general.ts';
import { healthCodes } from './codes/health.ts';
import { lineCodes } from './codes/line.ts';
import { machineCodes } from './codes/machine.ts';
import { mailCodes } from './codes/mail.ts';
import { operatorCodes } from './codes/operator.ts';
import { peopleCodes } from './codes/people.ts';
import { pgpCodes } from './codes/pgp.ts';
import { programCodes } from './codes/program.ts';
import { shareCodes } from './codes/share.ts';
import { storeCodes } from './codes/store.ts';
import { transportCodes } from './codes/transport.ts';
import { updateCodes } from './codes/update.ts';
import { uploadCodes } from './codes/upload.ts';
import { webCodes } from './codes/web.ts';

/** What trying again can do: `later` it may pass by itself, `operator` a person must change something, `never` it cannot. */
export type Retry = 'later' | 'operator' | 'never';

/** On whose side the cause most likely lies. */
export type Blame = 'us' | 'operator' | 'network' | 'modality' | 'mailserver' | 'partner' | 'target' | 'content';

export interface CodeEntry {
  readonly retry: Retry;
  readonly blame: Blame;
  /** Texts for people. `{name}` is filled from the error's details. Never patient data. */
  readonly de: string;
  readonly en: string;
}

export type CodeTable = Readonly<Record<string, CodeEntry>>;

/** The one table of error codes. A code is never reused for another meaning; add, do not change. */
export const codes = {
  ...generalCodes,
  ...configCodes,
  ...storeCodes,
  ...dicomCodes,
  ...mailCodes,
  ...transportCodes,
  ...pgpCodes,
  ...shareCodes,
  ...lineCodes,
  ...operatorCodes,
  ...healthCodes,
  ...peopleCodes,
  ...certificateCodes,
  ...backupCodes,
  ...webCodes,
  ...uploadCodes,
  ...updateCodes,
  ...programCodes,
  ...applianceCodes,
  ...machineCodes,
} as const satisfies CodeTable;

export type ErrorCode = keyof typeof codes;
export type Language = 'de' | 'en';
export type Details = Readonly<Record<string, string | number | boolean | undefined>>;

/** Every failure that a user, a peer or the world can cause. Bugs are plain `Error`s and end the process. */
export class RohrpostError extends Error {
  readonly code: ErrorCode;
  readonly details: Details;

  constructor(code: ErrorCode, options: { cause?: unknown; details?: Details } = {}) {
    super(errorText(code, 'en', options.details), { cause: options.cause });
    this.name = 'RohrpostError';
    this.code = code;
    this.details = options.details ?? {};
  }

  get retry(): Retry {
    return codes[this.code].retry;
  }

  get blame(): Blame {
    return codes[this.code].blame;
  }
}

/**
 * The sentence for people that belongs to a code, its `{placeholders}` filled from `details`. A detail that is itself a
 * sentence may have a German twin under the same name with `_de`.
 */
export function errorText(code: ErrorCode, language: Language, details: Details = {}): string {
  return codes[code][language].replace(/\{(\w+)\}/g, (_, name: string) => {
    const twin = language === 'de' ? details[`${name}_de`] : undefined;
    return String(twin ?? details[name] ?? '?');
  });
}

/**
 * The sentence of a code without anything of the case: for where the words of a peer, who may quote a patient, must not go. A code
 * that we do not know is its own sentence.
 */
export function plainText(code: string, language: Language): string {
  if (!Object.hasOwn(codes, code)) return code;
  return codes[code as ErrorCode][language].replace(/[:,–]? *\{reason\}/g, '').replace(/\{\w+\}/g, '…');
}

/** Takes whatever was thrown and gives back a RohrpostError, wrapping strangers under `fallback`. */
export function asRohrpostError(thrown: unknown, fallback: ErrorCode, details?: Details): RohrpostError {
  if (thrown instanceof RohrpostError) return thrown;
  return new RohrpostError(fallback, { cause: thrown, details: { reason: reasonOf(thrown), ...details } });
}

/** Where a bug was, without the words of what was thrown: a parser's message may quote what it read. */
export function framesOf(thrown: unknown): string {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}

/** The peer's or system's own words, one line, bounded: to be shown beside our text. */
export function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text
    .replace(/[\x00-\x1f\x7f]+/g, ' ')
    .trim()
    .slice(0, 500);
}
