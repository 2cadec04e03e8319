/** Gives Grafana's packages what they expect of their host, before the first component is made. */
import { EventBusSrv } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { locationService, setAppEvents, setBackendSrv, setDataSourceSrv, setEchoSrv, setGrafanaLiveSrv, setLocationSrv, setPluginImportUtils, setQueryRunnerFactory, setRunRequest, setTemplateSrv } from '@grafana/runtime';
import { setPanelRenderer } from '@grafana/runtime/host/components/PanelRenderer';
import { initializeLoggersRegistry } from '@grafana/runtime/unstable';
import { keepNames } from './accessible-names.ts';
import { createBackendSrv } from './backend-srv.ts';
import { createDataSourceSrv } from './data-source-srv.ts';
import { setUpFieldConfig } from './field-config.tsx';
import { createLiveSrv } from './live-srv.ts';
import { HostPanelRenderer } from './panel-renderer.tsx';
import { importPanelPlugin, panelPluginFromCache } from './plugin-import.ts';
import { createQueryRunner, runRequest } from './run-request.ts';
import { keepSessionFresh } from './session.ts';
import { createTemplateSrv } from './template-srv.ts';
import { followTheme } from './theme.ts';

export async function setUpHost(): Promise<void> {
  followTheme();
  keepNames();
  initializeLoggersRegistry();
  setEchoSrv({ addBackend: () => {}, addEvent: () => {}, flush: () => {}, onInteraction: () => () => {} });
  setAppEvents(new EventBusSrv());
  setBackendSrv(createBackendSrv());
  setLocationSrv({ update: ({ path, query = {}, partial, replace }) => {
    const search = new URLSearchParams(partial ? location.search : undefined);
    for (const [key, value] of Object.entries(query)) if (value === null || value === undefined) search.delete(key); else search.set(key, String(value));
    const to = { pathname: path ?? locationService.getLocation().pathname, search: search.toString() };
    if (replace) locationService.replace(to); else locationService.push(to);
  } });
  keepSessionFresh();
  setUpFieldConfig();
  setTemplateSrv(createTemplateSrv());
  setRunRequest(runRequest);
  setQueryRunnerFactory(createQueryRunner);
  setGrafanaLiveSrv(createLiveSrv());
  setDataSourceSrv(createDataSourceSrv());
  setPluginImportUtils({ importPanelPlugin, getPanelPluginFromCache: panelPluginFromCache });
  setPanelRenderer(HostPanelRenderer);
  // The packages' texts are English by default; this keeps them from waiting for a translation.
  await initPluginTranslations('belvedere');
}
