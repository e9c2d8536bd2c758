import type { CodeTable } from '../errors.ts';

export const dicomCodes = {} as const satisfies CodeTable;
