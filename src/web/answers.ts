import { RequestError } from '../config/body.ts';
import { type Problem, SettingsError } from '../config/problems.ts';
import { codes, type ErrorCode, errorText, type Language, RohrpostError } from '../core/errors.ts';
import { StaleError } from './settings/stale.ts';

/** What an API route answers instead of what was asked for. */
export interface ErrorAnswer {
  code: ErrorCode;
  message: string;
  details?: Readonly<Record<string, unknown>>;
  /** What is wrong with which field. */
  problems?: { path: (string | number)[]; code: ErrorCode; message: string }[];
}

/** HTTP status (RFC 9110 §15) by code; a code that is not here gets one by whose side the cause is on. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  'request-invalid': 400,
  'config-invalid': 400,
  'login-needed': 401,
  'role-needed': 403,
  'request-forged': 403,
  'box-unclaimed': 403,
  'login-wrong': 401,
  'second-factor-asked': 401,
  'second-factor-wrong': 401,
  'second-factor-needed': 403,
  'account-disabled': 403,
  'password-must-change': 403,
  'pairing-code-wrong': 403,
  'session-needed': 403,
  'account-exists': 409,
  'account-last-admin': 409,
  'second-factor-not-begun': 409,
  'login-locked': 429,
  'pairing-locked': 429,
  'login-busy': 503,
  'box-claimed': 409,
  'not-found': 404,
  'store-no-such-row': 404,
  'pgp-directory-nothing': 404,
  'pgp-key-expired': 422,
  'pgp-key-revoked': 422,
  'pgp-key-unusable': 422,
  'pgp-key-weak': 422,
  'id-unknown': 404,
  'secret-unknown': 404,
  'backup-gone': 404,
  'store-not-in-state': 409,
  'act-at-work': 409,
  'act-files-gone': 409,
  'act-sent-already': 409,
  'discard-not-confirmed': 400,
  'preview-none': 404,
  'config-stale': 409,
  'restore-under-way': 409,
  'config-exists': 409,
  'id-in-use': 409,
  'id-under-way': 409,
  'id-taken': 409,
  'upload-unknown': 404,
  'upload-offset-stale': 409,
  'upload-too-many': 409,
  'upload-incomplete': 409,
  'upload-in-use': 409,
  'upload-protocol': 400,
  'upload-version': 412,
  'upload-broken-off': 408,
  'upload-too-long': 413,
  'upload-too-large': 413,
  'upload-too-busy': 429,
  'request-too-large': 413,
  'backup-too-large': 413,
  'request-type': 415,
  'request-too-often': 429,
  'probe-busy': 429,
  'box-not-set-up': 503,
  'box-not-running': 503,
  'config-busy': 503,
  'storage-locked': 503,
  'storage-damaged': 503,
  'storage-missing': 503,
  'appliance-none': 404,
  'appliance-away': 503,
  'appliance-busy': 409,
  'network-nothing-to-keep': 409,
  'recovery-key-none': 404,
  'unlock-not-needed': 409,
  'unlock-locked': 429,
  'update-busy': 409,
  'update-no-channel': 409,
  'update-nothing-offered': 409,
  'update-nothing-installed': 409,
  'update-not-failed': 409,
  'update-no-operator': 409,
  'update-too-large': 413,
  'update-upload-broken': 408,
  stopped: 503,
  'page-not-built': 503,
  'timed-out': 504,
  'disk-full': 507,
  internal: 500,
  'disk-error': 500,
};

const ELSEWHERE = new Set(['network', 'mailserver', 'partner', 'target']);

export function statusOf(code: ErrorCode): number {
  const { blame } = codes[code];
  return STATUS[code] ?? (ELSEWHERE.has(blame) ? 502 : blame === 'us' ? 500 : 422);
}

export function answerOf(error: RohrpostError, language: Language): ErrorAnswer {
  const { code, details } = error;
  const problems = error instanceof SettingsError || error instanceof RequestError ? error.problems : undefined;
  return {
    code,
    message: errorText(code, language, details),
    ...(error instanceof StaleError ? { details: { ...error.now } } : {}),
    ...(problems ? { problems: problems.map((problem) => problemAnswer(problem, language)) } : {}),
    ...(!problems && Object.keys(details).length > 0 ? { details: { ...details } } : {}),
  };
}

function problemAnswer({ code, path, details }: Problem, language: Language) {
  return { path: [...path], code, message: errorText(code, language, details) };
}

/** What fastify itself throws about a request, in our words; undefined for what is a bug. */
export function ofTheServer(
  thrown: { code?: string; statusCode?: number },
  maximum: number,
): RohrpostError | undefined {
  switch (thrown.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new RohrpostError('request-too-large', { details: { maximum } });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new RohrpostError('request-type');
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new RohrpostError('request-invalid', { details: { problems: 'JSON' } });
    default:
      return thrown.statusCode === 400
        ? new RohrpostError('request-invalid', { details: { problems: 'HTTP' } })
        : undefined;
  }
}
