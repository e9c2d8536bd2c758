import type { ComponentChildren } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { leave } from './lib/enter.ts';
import { connected } from './lib/live.ts';
import { isOutdated, may, session, state } from './lib/session.ts';
import { t } from './lib/texts.ts';
import { pages } from './pages.ts';
import { Button } from './parts/button.tsx';
import { Asking } from './parts/dialog.tsx';
import { Icon } from './parts/icon.tsx';
import { Preferences } from './parts/preferences.tsx';
import { Toasts } from './parts/toasts.tsx';
import { Notice } from './parts/words.tsx';

/** What stands around every page: where one can go, who one is, and whether the box is there and works. */
export function Frame({ children }: { children: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const { path } = useLocation();
  const id = useId();
  useEffect(() => setOpen(false), [path]);
  return (
    <div class="frame">
      <a class="skip" href="#main">
        {t('common.skip')}
      </a>
      <header class="bar">
        <a class="brand" href="/">
          <img src="/icon.svg" alt="" width="28" height="28" />
          <span>Rohrpost</span>
        </a>
        <button
          type="button"
          class="button quiet menu-button"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
        >
          <Icon name={open ? 'close' : 'menu'} />
          <span>{t('common.menu')}</span>
        </button>
        <div id={id} class={open ? 'side open' : 'side'}>
          <Navigation path={path} />
          <div class="side-foot">
            <div class="who-and-out">
              <a class="who" href="/account" aria-current={path === '/account' ? 'page' : undefined}>
                <Icon name="account" />
                <span>
                  <strong>{session.value?.name}</strong>
                  <small>{session.value && t(`common.role-${session.value.role}`)}</small>
                </span>
              </a>
              <Button kind="quiet" icon="leave" label={t('session.logout')} onClick={leave} />
            </div>
            <Preferences />
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <Standing />
        {children}
      </main>
      <Toasts />
      <Asking />
    </div>
  );
}

function Navigation({ path }: { path: string }) {
  return (
    <nav aria-label={t('common.navigation')}>
      <ul>
        {pages
          .filter(({ nav, role }) => nav !== undefined && may(role))
          .map((page) => (
            <li key={page.path}>
              <a href={page.path} aria-current={isIn(path, page.path) ? 'page' : undefined}>
                {page.icon && <Icon name={page.icon} />}
                <span>{t(page.nav!)}</span>
              </a>
            </li>
          ))}
      </ul>
    </nav>
  );
}

/** `/studies/4711` belongs to `/studies`. */
function isIn(path: string, page: string): boolean {
  return path === page || (page !== '/' && path.startsWith(`${page}/`));
}

const APPLIANCE = '/system/appliance';

/** What is wrong with everything at once. The region is always there, so that what comes into it is spoken. */
function Standing() {
  const { path } = useLocation();
  const { setUp, unfinished, trouble, machine } = state.value ?? {};
  return (
    <div class="standing" role="status">
      {!connected.value && <Notice tone="warn">{t('common.not-connected')}</Notice>}
      {isOutdated() && (
        <Notice tone="info">
          <p>{t('common.updated')}</p>
          <Button onClick={() => location.reload()}>{t('common.reload')}</Button>
        </Notice>
      )}
      {(setUp === false || unfinished) && path !== '/setup' && may('admin') && (
        <Notice tone="info">
          {t('common.unfinished')} <a href="/setup">{t('common.finish-setup')}</a>
        </Notice>
      )}
      {setUp && trouble && (
        <Notice tone="fail">
          {t('common.trouble', { words: trouble.message })}{' '}
          {machine?.moved && path !== APPLIANCE && may('admin') && <a href={APPLIANCE}>{t('appliance.decide')}</a>}
        </Notice>
      )}
    </div>
  );
}
