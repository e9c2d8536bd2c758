import type { CodeTable } from '../errors.ts';

export const configCodes = {} as const satisfies CodeTable;
