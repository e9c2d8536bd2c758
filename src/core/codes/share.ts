import type { CodeTable } from '../errors.ts';

export const shareCodes = {} as const satisfies CodeTable;
