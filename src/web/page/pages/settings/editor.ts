import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Settings } from '../../../../config/schema.ts';
import type { SettingsAnswer } from '../../../routes/settings.ts';
import type { Current, StaleDetails } from '../../../settings/stale.ts';
import { useAction } from '../../lib/action.ts';
import { ApiError, api } from '../../lib/api.ts';
import { useLive } from '../../lib/live.ts';
import type { Schema } from '../../lib/schema.ts';
import { tell } from '../../lib/tell.ts';
import { t } from '../../lib/texts.ts';
import { type Change, changesBetween, withChanges } from './changes.ts';

/** Settings that a person is changing. */
export interface Editor {
  /** As they were when the person began. */
  readonly base: Settings;
  readonly draft: Settings;
  readonly schema: Schema;
  readonly answer: SettingsAnswer;
  readonly secrets: Readonly<Record<string, string>>;
  readonly isChanged: boolean;
  readonly busy: boolean;
  readonly error: ApiError | null;
  /** Somebody else was quicker. */
  readonly conflict: StaleDetails | null;
  set(change: (draft: Settings) => Settings): void;
  setSecrets(secrets: Record<string, string>): void;
  /** True when it is saved. */
  save(): Promise<boolean>;
  /** Changes and saves at once. */
  change(change: (draft: Settings) => Settings): Promise<boolean>;
  /** Saves what is left of one's own changes on top of what the other one saved. */
  saveOnTop(mine: readonly Change[]): Promise<boolean>;
  /** Forgets what was changed and goes on with the settings as they are. */
  reset(): void;
}

interface Working {
  readonly base: Current;
  readonly draft: Settings;
  readonly secrets: Readonly<Record<string, string>>;
}

/** The settings, read and ready to be changed; null while they are being read. */
export function useEditor(): { editor: Editor | null; failure: ApiError | null; reload: () => Promise<void> } {
  const read = useLive<SettingsAnswer>('/api/settings', ['settings']);
  const schema = useLive<Schema>('/api/settings/schema', []);
  const [working, setWorking] = useState<Working | null>(null);
  const [conflict, setConflict] = useState<StaleDetails | null>(null);
  const isChanged = useMemo(() => working !== null && hasChanges(working), [working]);

  const adopt = (now: Current) => {
    setWorking({ base: now, draft: now.settings, secrets: {} });
    setConflict(null);
  };
  useEffect(() => {
    // What somebody is changing stays until it is saved or given up.
    if (read.value && !isChanged && read.value.revision !== working?.base.revision) adopt(read.value);
  }, [read.value]);
  useUnsavedGuard(isChanged);

  const patch = useAction(async ({ base, draft, secrets }: Working, onSaved: () => void) => {
    const typed = Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== ''));
    const changes = changesBetween(base.settings, draft);
    try {
      adopt(await api.patch<Current>('/api/settings', { revision: base.revision, changes, secrets: typed }));
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'config-stale') throw error;
      setConflict(error.details as unknown as StaleDetails);
      return;
    }
    onSaved();
    tell('ok', t('common.saved'));
    await read.reload();
  });
  const save = async (next: Working) => {
    let isSaved = false;
    const isAnswered = await patch.run(next, () => {
      isSaved = true;
    });
    return { isSaved, isRefused: !isAnswered };
  };
  const failure = read.error ?? schema.error;
  if (!working || !read.value || !schema.value) return { editor: null, failure, reload: read.reload };
  const answer = read.value;
  const editor: Editor = {
    ...{ base: working.base.settings, draft: working.draft, secrets: working.secrets, schema: schema.value },
    ...{ answer, isChanged, busy: patch.busy, error: patch.error, conflict },
    set: (change) => setWorking((before) => before && { ...before, draft: change(before.draft) }),
    setSecrets: (secrets) => setWorking((before) => before && { ...before, secrets }),
    save: async () => (await save(working)).isSaved,
    change: async (change) => {
      const next = { ...working, draft: change(working.draft) };
      setWorking(next);
      const { isSaved, isRefused } = await save(next);
      // What cannot be done leaves nothing behind; what somebody else was quicker with is asked about.
      if (isRefused) setWorking(working);
      return isSaved;
    },
    saveOnTop: async (mine) => {
      const next = { ...working, base: conflict!, draft: withChanges(conflict!.settings, mine) };
      setWorking(next);
      setConflict(null);
      return (await save(next)).isSaved;
    },
    reset: () => {
      patch.clear();
      adopt(conflict ?? answer);
    },
  };
  return { editor, failure, reload: read.reload };
}

function hasChanges({ base, draft, secrets }: Working): boolean {
  return changesBetween(base.settings, draft).length > 0 || Object.values(secrets).some((value) => value !== '');
}

/** The browser asks before it leaves a page with something unsaved. */
function useUnsavedGuard(isChanged: boolean): void {
  useEffect(() => {
    if (!isChanged) return;
    const guard = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', guard);
    return () => removeEventListener('beforeunload', guard);
  }, [isChanged]);
}
