/** Gives Grafana's packages what they expect of their host, before the first component is made. */
import { EventBusSrv } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { setAppEvents, setBackendSrv } from '@grafana/runtime';
import { createBackendSrv } from './backend-srv.ts';
import { setUpFieldConfig } from './field-config.tsx';
import { followTheme } from './theme.ts';

export async function setUpHost(): Promise<void> {
  followTheme();
  setAppEvents(new EventBusSrv());
  setBackendSrv(createBackendSrv());
  setUpFieldConfig();
  // The packages' texts are English by default; this keeps them from waiting for a translation.
  await initPluginTranslations('belvedere');
}
