/** Everything that is fuzzed: name and module. What each reads stands at its top. */
export const TARGETS = ['gate', 'pdu', 'header', 'mime', 'fields', 'pgp', 'sets', 'states', 'settings'] as const;

export const moduleOf = (target: string): string => new URL(`./targets/${target}.ts`, import.meta.url).href;
