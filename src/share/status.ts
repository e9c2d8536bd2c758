import { type ErrorCode, RohrpostError, reasonOf } from '../core/errors.ts';

/** NT status values (MS-ERREF §2.3.1) that tell something apart. */
export const NT_STATUS = {
  PENDING: 0x103,
  NO_SUCH_FILE: 0xc000000f,
  ACCESS_DENIED: 0xc0000022,
  OBJECT_NAME_NOT_FOUND: 0xc0000034,
  OBJECT_NAME_COLLISION: 0xc0000035,
  OBJECT_PATH_NOT_FOUND: 0xc000003a,
  SHARING_VIOLATION: 0xc0000043,
  QUOTA_EXCEEDED: 0xc0000044,
  NO_SUCH_USER: 0xc0000064,
  WRONG_PASSWORD: 0xc000006a,
  LOGON_FAILURE: 0xc000006d,
  ACCOUNT_RESTRICTION: 0xc000006e,
  PASSWORD_EXPIRED: 0xc0000071,
  ACCOUNT_DISABLED: 0xc0000072,
  DISK_FULL: 0xc000007f,
  MEDIA_WRITE_PROTECTED: 0xc00000a2,
  NOT_SUPPORTED: 0xc00000bb,
  NETWORK_NAME_DELETED: 0xc00000c9,
  BAD_NETWORK_NAME: 0xc00000cc,
  LOGON_TYPE_NOT_GRANTED: 0xc000015b,
  PASSWORD_MUST_CHANGE: 0xc0000224,
  ACCOUNT_LOCKED_OUT: 0xc0000234,
} as const;

const CODES: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^(?:LOGON_|WRONG_PASSWORD|ACCOUNT_|PASSWORD_|NO_SUCH_USER)/, 'share-logon-refused'],
  [/^BAD_NETWORK_NAME/, 'share-missing'],
  [/^(?:ACCESS_DENIED|MEDIA_WRITE_PROTECTED|NETWORK_ACCESS_DENIED)/, 'share-denied'],
  [/^(?:DISK_FULL|QUOTA_EXCEEDED|FILE_TOO_LARGE)/, 'share-full'],
  [/CONNECTION|UNREACHABLE|TIMEOUT|NETWORK_NAME_DELETED|BAD_NETWORK_PATH|DISCONNECT|NETWORK_RESPONSE/, 'share-away'],
  // What smbclient says when a name does not resolve.
  [/^UNSUCCESSFUL/, 'share-away'],
];

/** A server's refusal as one of our errors. `words` is what people get to see of it. */
export function refusal(status: string, where: string, words: string): RohrpostError {
  const code = CODES.find(([names]) => names.test(status))?.[1] ?? 'share-failed';
  return new RohrpostError(code, { details: { where, reason: reasonOf(words) } });
}

export function statusName(value: number): string {
  const known = Object.entries(NT_STATUS).find(([, status]) => status === value)?.[0];
  return known ?? `0x${value.toString(16)}`;
}
