/** The way to a Loki that the server itself writes to. */
import type { LokiStorageSettings } from '../setting/alerting-settings.ts';
import type { Settings } from '../setting/settings.ts';
import type { HttpClient, HttpClients } from '../tsdb/http-client/http-client.ts';
import { httpOptionsOf } from '../tsdb/http-client/http-options.ts';
import { grafanaVersion } from '../util/version.ts';

export function lokiHttp(http: Pick<HttpClients, 'create'>, settings: Pick<Settings, 'dataProxy'>, { user, password }: Pick<LokiStorageSettings, 'user' | 'password'>): HttpClient {
  const options = httpOptionsOf({ jsonData: {}, decryptedSecureJsonData: {} } as unknown as Parameters<typeof httpOptionsOf>[0], settings.dataProxy, `Grafana/${grafanaVersion}`);
  const secret = password.reveal();
  return http.create({ ...options, ...(user !== '' || secret !== '' ? { basicAuth: { user, password: secret } } : {}) });
}
