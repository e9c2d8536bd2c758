import { differences } from '../../config/paths.ts';
import type { Settings } from '../../config/schema.ts';
import { webLimits } from '../../core/limits.ts';
import type { Changed, Current } from './stale.ts';

/** Who changed which settings; passwords are not among them. */
interface Save {
  revision: string;
  by: string;
  at_ms: number;
  paths: readonly string[];
}

/**
 * The versions of the settings that the page has shown lately, so that whoever comes with an old one can be told what others
 * changed meanwhile.
 */
export interface Versions {
  /** This version was shown or saved. */
  seen(version: Current): void;
  saved(save: Save): void;
  /** What differs from a version shown earlier; null where it is not known any more (a restart, long ago). */
  since(revision: string, now: Current): Changed[] | null;
}

export function openVersions(): Versions {
  const versions = new Map<string, Settings>();
  const saves: Save[] = [];
  return {
    seen: ({ revision, settings }) => {
      versions.delete(revision);
      versions.set(revision, settings);
      for (const oldest of versions.keys()) {
        if (versions.size <= webLimits.settings_versions) return;
        versions.delete(oldest);
      }
    },
    saved: (save) => {
      saves.push(save);
      if (saves.length > webLimits.settings_versions) saves.shift();
    },
    since: (revision, now) => {
      const old = versions.get(revision);
      if (!old) return null;
      // What came last was not done on the page: nobody is named for it.
      const known = saves.at(-1)?.revision === now.revision ? saves : [];
      const from = known.findIndex((save) => save.revision === revision) + 1;
      return differences(old, now.settings).map((difference) => {
        const save = known.slice(from).findLast(({ paths }) => paths.some((path) => touches(path, difference.path)));
        return { ...difference, by: save?.by ?? null, at_ms: save?.at_ms ?? null };
      });
    },
  };
}

/** The same setting, or one within the other. */
function touches(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);
}
