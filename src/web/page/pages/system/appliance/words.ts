/** Addresses and names as they are typed: in one line, with spaces or commas between. */
export const listOf = (typed: string): string[] => typed.split(/[\s,;]+/).filter((one) => one !== '');
export const listText = (list: readonly string[]): string => list.join(' ');
