/** The whole application: theme, router, navigation, the page of the address, short messages. */
import { config, locationService, LocationServiceProvider } from '@grafana/runtime';
import { GlobalStyles, LoadingPlaceholder, ModalRoot, ModalsProvider, PortalContainer } from '@grafana/ui';
import { ThemeContext } from '@grafana/data';
import { Suspense, useEffect, useLayoutEffect, useState } from 'react';
import { Route, Router, Routes } from 'react-router-dom';
import { PageBoundary } from './broken-page.tsx';
import { followLinks } from './follow-links.ts';
import { NotFoundPage } from './not-found-page.tsx';
import { Messages } from './messages.tsx';
import { followNewBuild } from './new-build.ts';
import type { PageRoute } from './page-route.ts';
import { routes } from './routes.ts';
import { SessionOver } from './session-over.tsx';
import { Shell } from './shell.tsx';

/** The history of @grafana/runtime leaves out the path that the server is mounted at, and adds it to links: the router must not do so a second time. */
export function App() {
  const history = locationService.getHistory();
  const [at, setAt] = useState({ location: history.location, action: history.action });
  useLayoutEffect(() => history.listen((location: typeof at.location, action: typeof at.action) => setAt({ location, action })), [history]);
  useEffect(followLinks, []);
  useEffect(followNewBuild, []);
  return (
    <ThemeContext.Provider value={config.theme2}>
      <GlobalStyles />
      <LocationServiceProvider service={locationService}>
        <ModalsProvider>
          <Router navigator={history} location={at.location} navigationType={at.action as never}>
            <Routes>
              {routes.map((route) => <Route key={route.path} path={route.path} element={<Framed route={route} />} />)}
              <Route path="*" element={<Shell><NotFoundPage /></Shell>} />
            </Routes>
            <Messages />
            <SessionOver />
            <ModalRoot />
          </Router>
        </ModalsProvider>
      </LocationServiceProvider>
      <PortalContainer />
    </ThemeContext.Provider>
  );
}

function Framed({ route: { page: PageOf, bare } }: { readonly route: PageRoute }) {
  const content = (
    <PageBoundary>
      <Suspense fallback={<LoadingPlaceholder text="Loading" style={{ padding: 24 }} />}><PageOf /></Suspense>
    </PageBoundary>
  );
  return bare ? content : <Shell>{content}</Shell>;
}
