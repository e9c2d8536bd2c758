import type { CodeTable } from '../errors.ts';

export const storeCodes = {} as const satisfies CodeTable;
