import type { ComponentType } from 'preact';
import type { Role } from '../route.ts';
import type { PlainKey } from './lib/texts.ts';
import type { IconName } from './parts/icon.tsx';

/** A page of those who are logged in. Its code is loaded when it is first opened. */
export interface PageEntry {
  /** As preact-iso matches it: `/studies/:id`. */
  readonly path: string;
  /** Its name in the navigation; none: it is reached from another page. */
  readonly nav?: PlainKey;
  readonly icon?: IconName;
  /** Who may see it, at least. */
  readonly role: Role;
  readonly load: () => Promise<{ default: ComponentType }>;
}

/** Every page, in the order of the navigation. */
export const pages: readonly PageEntry[] = [
  {
    path: '/',
    nav: 'overview.title',
    icon: 'overview',
    role: 'viewer',
    load: () => import('./pages/overview.tsx'),
  },
  { path: '/account', role: 'viewer', load: () => import('./pages/account.tsx') },
];
