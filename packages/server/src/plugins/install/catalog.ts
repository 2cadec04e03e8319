/** The catalogue of plugins (plugins §15.1): which versions there are, which one fits, and its archive. */
import { createHash } from 'node:crypto';
import { objectOf, objectsOf, textOf } from '../../util/json-value.ts';
import { grafanaVersion } from '../../util/version.ts';
import { ApiError } from '../../web/errors.ts';
import { goPlatform } from '../process/plugin-environment.ts';

export interface CatalogOptions {
  /** `[grafana_com] api_url`, without trailing slash. */
  readonly apiUrl: string;
  readonly token: string;
  readonly origin: 'api' | 'preinstall' | 'cli';
}

export interface CatalogVersion {
  readonly version: string;
  readonly url: string;
  /** Of the archive, lower-case hex; '' when the catalogue does not say. */
  readonly sha256: string;
}

export interface Catalog {
  /** The named version, or the newest that fits. Throws what the route answers. */
  choose(id: string, version: string): Promise<CatalogVersion>;
  download(choice: CatalogVersion): Promise<Buffer>;
  /** Every version, the newest first, and whether it runs on this system. */
  versions(id: string): Promise<readonly { readonly version: string; readonly fits: boolean }[]>;
  /** The newest versions of these plugins that this version can run; those that the catalogue does not know are missing. */
  newest(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** All plugins that there are, with their newest versions. */
  list(): Promise<readonly { readonly id: string; readonly version: string }[]>;
}

interface Item {
  readonly version?: string;
  readonly packages?: Readonly<Record<string, { readonly sha256?: string }>> | null;
  readonly url?: string;
  readonly isCompatible?: boolean;
}

const answerWithinMs = 10_000;
const downloadsMax = 3;
const archiveBytesMax = 1_073_741_824;
const system = `${goPlatform.os}-${goPlatform.arch}`;
const coreTree = /^https?:\/\/github\.com\/grafana\/grafana\/tree\/[^/]+\/public\/app\/plugins\//;

const refuse = (status: number, messageId: string, message: string, extra: Record<string, unknown> = {}) => new ApiError(status, message, { messageId, extra });
const bare = (version: string) => version.trim().replace(/^[v^]/, '');

export function createCatalog({ apiUrl, token, origin }: CatalogOptions): Catalog {
  const headers = {
    'grafana-version': grafanaVersion, 'grafana-os': goPlatform.os, 'grafana-arch': goPlatform.arch, 'grafana-origin': origin, 'user-agent': `grafana ${grafanaVersion}`,
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
  };

  async function items(id: string): Promise<readonly Item[]> {
    const answer = await fetch(`${apiUrl}/plugins/${encodeURIComponent(id)}/versions`, { headers, signal: AbortSignal.timeout(answerWithinMs) });
    if (answer.status >= 400 && answer.status < 500) {
      const { message } = (await answer.json().catch(() => ({}))) as { message?: string };
      throw new ApiError(answer.status, message ?? 'Plugin not found');
    }
    if (!answer.ok) throw new Error(`the catalogue answered ${answer.status}`);
    const { items: found } = (await answer.json()) as { items?: Item[] };
    if (!Array.isArray(found) || found.length === 0) throw new ApiError(404, 'Plugin not found');
    return found;
  }

  return {
    versions: async (id) => (await items(id)).map((item) => ({ version: item.version ?? '', fits: fits(item) })),
    async list() {
      const answer = await fetch(`${apiUrl}/plugins`, { headers, signal: AbortSignal.timeout(answerWithinMs) });
      if (!answer.ok) throw new Error(`the catalogue answered ${answer.status}`);
      return objectsOf(objectOf(await answer.json())['items']).map((item) => ({ id: textOf(item['slug']) || textOf(item['id']), version: textOf(item['version']) }));
    },
    async newest(ids) {
      const query = new URLSearchParams({ slugIn: ids.join(','), grafanaVersion });
      const answer = await fetch(`${apiUrl}/plugins/versioncheck?${query}`, { headers, signal: AbortSignal.timeout(answerWithinMs) });
      if (!answer.ok) throw new Error(`the catalogue answered ${answer.status}`);
      return new Map(objectsOf(await answer.json()).map((item) => [textOf(item['slug']), textOf(item['version'])]));
    },
    async choose(id, version) {
      const compatible = (await items(id)).filter(({ isCompatible }) => isCompatible !== false);
      if (compatible.length === 0) throw refuse(404, 'plugin.grafanaVersionNotCompatible', `${id} is not compatible with your Grafana version: ${grafanaVersion}`, { PluginID: id, GrafanaVersion: grafanaVersion });
      const newest = compatible.find(fits);
      if (!newest) throw refuse(404, 'plugin.archNotFound', `${id} is not compatible with your system architecture: ${system}`, { PluginID: id, SysInfo: system });
      const wanted = bare(version);
      const chosen = wanted === '' ? newest : compatible.find((item) => bare(item.version ?? '') === wanted);
      if (!chosen) throw refuse(404, 'plugin.versionNotFound', `${id} v${wanted} either does not exist or is not supported on your system ${system}`, { PluginID: id, Version: wanted, SysInfo: system });
      if (!fits(chosen)) throw refuse(409, 'plugin.unsupportedVersion', `${id} v${wanted} is not supported on your system ${system}`, { PluginID: id, Version: wanted, SysInfo: system });
      if (coreTree.test(chosen.url ?? '') && chosen.packages?.['any']) throw refuse(403, 'plugin.forbiddenCorePluginInstall', `${id} is a core plugin and cannot be installed`, { PluginID: id });
      return {
        version: chosen.version ?? '', url: `${apiUrl}/plugins/${encodeURIComponent(id)}/versions/${encodeURIComponent(chosen.version ?? '')}/download`,
        sha256: (chosen.packages?.[system] ?? chosen.packages?.['any'])?.sha256?.toLowerCase() ?? '',
      };
    },
    async download({ url, sha256 }) {
      const archive = await downloadWithRetries(url, url.startsWith(apiUrl) ? headers : {});
      const computed = createHash('sha256').update(archive).digest('hex');
      if (sha256 !== '' && computed !== sha256) {
        throw refuse(422, 'plugin.checksumMismatch', `expected SHA256 checksum (${sha256}) does not match the downloaded archive (${url}) computed SHA256 checksum (${computed}) - please contact security@grafana.com`, {
          ArchiveURL: url, ExpectedSHA256: sha256, ComputedSHA256: computed,
        });
      }
      return archive;
    },
  };
}

const fits = ({ packages }: Item) => !packages || Object.keys(packages).length === 0 || packages[system] !== undefined || packages['any'] !== undefined;

async function downloadWithRetries(url: string, headers: Readonly<Record<string, string>>): Promise<Buffer> {
  for (let attempt = 0; ; attempt++) {
    try {
      const answer = await fetch(url, { headers: attempt === 0 ? headers : { ...headers, 'grafana-retrycount': String(attempt) } });
      if (!answer.ok) throw Object.assign(new Error(`the download answered ${answer.status}`), { final: answer.status === 401 });
      if (Number(answer.headers.get('content-length') ?? 0) > archiveBytesMax) throw Object.assign(new Error('the archive is too large'), { final: true });
      return Buffer.from(await answer.arrayBuffer());
    } catch (error) {
      if (attempt + 1 >= downloadsMax || (error as { final?: boolean }).final) throw error;
    }
  }
}
