import type { CodeTable } from '../errors.ts';

export const mailCodes = {} as const satisfies CodeTable;
