import { type OwnKey, unlockOwnKey } from '../pgp/keys.ts';

/** The own key as it passes into a thread. */
export interface LockedKey {
  armored: string;
  passphrase: string;
}

export type Unlock = (key: LockedKey) => Promise<OwnKey>;

/** Unlocks the own key and keeps it while it stays the same: its passphrase is stretched on purpose, a tenth of a second. */
export function unlockOnce(): Unlock {
  let last: { armored: string; key: Promise<OwnKey> } | undefined;
  return async ({ armored, passphrase }) => {
    if (last?.armored !== armored) last = { armored, key: unlockOwnKey(armored, passphrase) };
    try {
      return await last.key;
    } catch (error) {
      last = undefined;
      throw error;
    }
  };
}
