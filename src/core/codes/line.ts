import type { CodeTable } from '../errors.ts';

export const lineCodes = {} as const satisfies CodeTable;
