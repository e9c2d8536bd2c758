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
  /** Only where the box has a machine of its own. */
  readonly appliance?: true;
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
  {
    path: '/studies',
    nav: 'studies.title',
    icon: 'studies',
    role: 'viewer',
    load: () => import('./pages/studies.tsx'),
  },
  { path: '/studies/:id', role: 'viewer', load: () => import('./pages/study.tsx') },
  { path: '/send', nav: 'send.title', icon: 'send', role: 'operator', load: () => import('./pages/send.tsx') },
  {
    path: '/quarantine',
    nav: 'quarantine.title',
    icon: 'quarantine',
    role: 'viewer',
    load: () => import('./pages/quarantine.tsx'),
  },
  {
    path: '/partners',
    nav: 'partners.title',
    icon: 'partners',
    role: 'viewer',
    load: () => import('./pages/partners.tsx'),
  },
  { path: '/partners/new', role: 'admin', load: () => import('./pages/partners/new.tsx') },
  { path: '/partners/:id', role: 'operator', load: () => import('./pages/partner.tsx') },
  {
    path: '/targets',
    nav: 'targets.title',
    icon: 'targets',
    role: 'operator',
    load: () => import('./pages/targets.tsx'),
  },
  { path: '/rules', nav: 'rules.title', icon: 'rules', role: 'operator', load: () => import('./pages/rules.tsx') },
  {
    path: '/settings',
    nav: 'settings.title',
    icon: 'settings',
    role: 'admin',
    load: () => import('./pages/settings.tsx'),
  },
  {
    path: '/system',
    nav: 'system.title',
    icon: 'system',
    role: 'operator',
    load: () => import('./pages/system.tsx'),
  },
  { path: '/system/firmware', role: 'operator', appliance: true, load: () => import('./pages/system/firmware.tsx') },
  { path: '/system/appliance', role: 'operator', appliance: true, load: () => import('./pages/system/appliance.tsx') },
  { path: '/system/certificate', role: 'operator', load: () => import('./pages/system/certificate.tsx') },
  { path: '/system/backup', role: 'admin', load: () => import('./pages/system/backup.tsx') },
  { path: '/system/log', role: 'operator', load: () => import('./pages/system/log.tsx') },
  { path: '/system/users', role: 'admin', load: () => import('./pages/users.tsx') },
  { path: '/system/audit', role: 'admin', load: () => import('./pages/audit.tsx') },
  { path: '/account', role: 'viewer', load: () => import('./pages/account.tsx') },
  { path: '/account/tokens', role: 'viewer', load: () => import('./pages/tokens.tsx') },
  { path: '/setup', role: 'admin', load: () => import('./pages/setup.tsx') },
];
