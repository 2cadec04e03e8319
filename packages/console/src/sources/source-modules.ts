/** What the console knows of a kind of data source beyond its queries, which all go through the server: its editors and forms. */
import type { DataSourceApi, DataSourceInstanceSettings, QueryEditorProps } from '@grafana/data';
import type { ComponentType } from 'react';

export interface SourceSettings {
  readonly name: string;
  readonly url: string;
  readonly access: string;
  readonly database: string;
  readonly user: string;
  readonly basicAuth: boolean;
  readonly basicAuthUser: string;
  readonly withCredentials: boolean;
  readonly isDefault: boolean;
  readonly jsonData: Readonly<Record<string, unknown>>;
  /** Values to set; what is stored already is in `secureJsonFields` only. */
  readonly secureJsonData: Readonly<Record<string, string>>;
  readonly secureJsonFields: Readonly<Record<string, boolean>>;
}

export interface SettingsFormProps {
  readonly settings: SourceSettings;
  readonly onChange: (settings: SourceSettings) => void;
}

export interface SourceModule {
  /** The class that queries; the plain one, which asks the server, where absent. */
  readonly DataSource?: new (settings: DataSourceInstanceSettings) => DataSourceApi;
  /** Edits one query; a JSON editor where absent. */
  // biome-ignore lint/suspicious/noExplicitAny: each source has a query type of its own
  readonly QueryEditor?: ComponentType<QueryEditorProps<any, any, any>>;
  /** The part of the settings form that is this kind's own. */
  readonly SettingsForm?: ComponentType<SettingsFormProps>;
}

/** Plugin id -> its module, `sources/<type>/module.ts(x)`. */
export const sourceModules: Readonly<Record<string, () => Promise<{ readonly source: SourceModule }>>> = {
  prometheus: () => import('./prometheus/module.ts'),
  loki: () => import('./loki/module.tsx'),
  mysql: async () => ({ source: (await import('./sql/module.tsx')).mysql }),
  'grafana-postgresql-datasource': async () => ({ source: (await import('./sql/module.tsx')).postgres }),
  mssql: async () => ({ source: (await import('./sql/module.tsx')).mssql }),
  'grafana-testdata-datasource': () => import('./testdata/module.tsx'),
  graphite: async () => ({ source: (await import('./text/modules.tsx')).graphite }),
  influxdb: async () => ({ source: (await import('./text/modules.tsx')).influxdb }),
  elasticsearch: () => import('./elasticsearch/module.tsx'),
  opentsdb: async () => ({ source: (await import('./text/modules.tsx')).opentsdb }),
  tempo: async () => ({ source: (await import('./text/modules.tsx')).tempo }),
  __expr__: () => import('./expression/module.tsx'),
};
