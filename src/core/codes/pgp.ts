import type { CodeTable } from '../errors.ts';

export const pgpCodes = {} as const satisfies CodeTable;
