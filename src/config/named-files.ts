import { readSettings } from './read.ts';
import type { Settings } from './schema.ts';
import { applyChanges } from './write.ts';

type Group = Record<string, unknown>;

/** Every file that settings name (keys, certificates), once. */
export function filesNamedBy(settings: Settings): string[] {
  const found = new Set<string>();
  visitFiles(settings, (path) => {
    found.add(path);
    return path;
  });
  return [...found];
}

/** Every secret that settings refer to, by its name, once. */
export function secretsNamedBy(settings: Settings): string[] {
  return [...new Set(JSON.stringify(settings).match(/(?<=")secret:[a-z0-9-]+(?=")/g) ?? [])].map((reference) =>
    reference.slice('secret:'.length),
  );
}

/** The text of a settings file with some of the files named elsewhere; comments stay. @throws config-invalid, config-newer */
export function withFilesAt(text: string, places: ReadonlyMap<string, string>): string {
  const { settings, document } = readSettings(text);
  const moved = structuredClone(settings);
  visitFiles(moved, (path) => places.get(path) ?? path);
  applyChanges(document, settings, moved);
  return document.toString({ lineWidth: 0 });
}

function visitFiles(value: unknown, visit: (path: string) => string): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    if (key.endsWith('_file') && typeof child === 'string') (value as Group)[key] = visit(child);
    else visitFiles(child, visit);
  }
}
