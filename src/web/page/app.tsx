import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from 'preact-iso';
import { Frame } from './frame.tsx';
import { begin, failure, refreshState, spoken } from './lib/enter.ts';
import { useChanges, watchBox } from './lib/live.ts';
import { may, session, state } from './lib/session.ts';
import { pages } from './pages.ts';
import { NotFound, PageFailed, Unreachable } from './parts/failures.tsx';
import { Spinner } from './parts/words.tsx';

const Login = lazy(() => import('./pages/login.tsx'));
const Owing = lazy(() => import('./pages/owing.tsx'));
const NoData = lazy(() => import('./pages/no-data.tsx'));
const Claim = lazy(() => import('./pages/claim.tsx'));
const loaded = pages.map((page) => ({ ...page, component: lazy(page.load) as ComponentType }));

export function App() {
  if (!spoken.value) return <div class="starting" />;
  if (failure.value) return <Unreachable error={failure.value} onRetry={begin} />;
  if (state.value === null) return <Spinner />;
  // Without its data the box knows neither its owner nor that it has one.
  if (state.value.machine && state.value.machine.data !== 'good') return <Alone page={NoData} />;
  if (!state.value.claimed) return <Alone page={Claim} />;
  if (session.value === null) return <Alone page={Login} />;
  if (session.value.owes !== null) return <Alone page={Owing} />;
  return <Inside key={session.value.name} />;
}

/** A page without the frame: nobody is logged in. */
function Alone({ page: Content }: { page: ComponentType }) {
  return (
    <LocationProvider>
      <Boundary>
        <Content />
      </Boundary>
    </LocationProvider>
  );
}

function Inside() {
  useEffect(watchBox, []);
  useChanges(['house', 'settings'], () => void refreshState());
  return (
    <LocationProvider>
      <Frame>
        <Boundary>
          <Router onRouteChange={announce}>
            {loaded
              .filter(({ role, appliance }) => may(role) && (!appliance || state.value?.machine))
              .map(({ path, component }) => (
                <Route key={path} path={path} component={component} />
              ))}
            <Route default component={NotFound} />
          </Router>
        </Boundary>
      </Frame>
    </LocationProvider>
  );
}

/** Another page: whoever does not see it is told by its heading. */
function announce(): void {
  const heading = document.querySelector<HTMLElement>('main h1') ?? document.querySelector<HTMLElement>('main');
  heading?.focus({ preventScroll: true });
}

/** A page that cannot be loaded or drawn leaves the frame standing; another address is another try. */
function Boundary({ children }: { children: ComponentChildren }) {
  const { path } = useLocation();
  const [broken, setBroken] = useState<string | null>(null);
  if (broken === path) return <PageFailed />;
  return <ErrorBoundary onError={() => setBroken(path)}>{children}</ErrorBoundary>;
}
