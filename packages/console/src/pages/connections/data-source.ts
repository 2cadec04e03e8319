/** Data sources as the server stores them. */
import { config, getDataSourceSrv } from '@grafana/runtime';
import { api } from '../../api/client.ts';
import type { SourceSettings } from '../../sources/source-modules.ts';

export interface ListedSource {
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly typeName: string;
  readonly typeLogoUrl: string;
  readonly url: string;
  readonly isDefault: boolean;
  readonly readOnly: boolean;
}

export interface StoredSource extends Omit<SourceSettings, 'secureJsonData'> {
  readonly id: number;
  readonly uid: string;
  readonly type: string;
  readonly typeLogoUrl: string;
  readonly version: number;
  readonly readOnly: boolean;
  readonly accessControl?: Readonly<Record<string, boolean>>;
}

export const listSources = () => api.get<readonly ListedSource[]>('/api/datasources');

/** After a source was added, changed or deleted: what the page knows of sources and of one's rights is asked for anew. */
export async function sourcesChanged(): Promise<void> {
  const actions = api.get<Record<string, boolean>>('/api/access-control/user/actions', { reloadcache: true });
  const sources = getDataSourceSrv() as { readonly reload?: () => Promise<void> } | undefined;
  const [permissions] = await Promise.all([actions, sources?.reload?.()]);
  Object.assign(config.bootData.user, { permissions });
}

export async function addSource(type: string, name: string): Promise<string> {
  const { datasource } = await api.post<{ readonly datasource: { readonly uid: string } }>('/api/datasources', { name, type, access: 'proxy', isDefault: false });
  await sourcesChanged();
  return datasource.uid;
}
