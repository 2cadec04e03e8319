/** What a mounted frontend consists of: its manifest (frontend-contract §2.4). */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface AssetFile {
  readonly filePath: string;
  readonly integrity: string;
}

export interface FrontendAssets {
  readonly cdn?: string;
  readonly jsFiles: readonly AssetFile[];
  readonly cssFiles: readonly AssetFile[];
  readonly dark: string;
  readonly light: string;
  readonly swagger: readonly AssetFile[];
  readonly swaggerCssFiles: readonly AssetFile[];
}

export interface AssetsSource {
  /** Undefined: no frontend is mounted. Throws when there is one that cannot be used. */
  read(): FrontendAssets | undefined;
}

export interface AssetsOptions {
  readonly staticRoot: string;
  /** `[server] cdn_url`, '' for none. */
  readonly cdnUrl: string;
  readonly version: string;
  /** While developing, the manifest is read with each page. */
  readonly development: boolean;
}

interface Manifest {
  readonly entrypoints?: Readonly<Record<string, { readonly assets?: { readonly js?: readonly string[]; readonly css?: readonly string[] } }>>;
  readonly [file: string]: unknown;
}

export function createAssetsSource({ staticRoot, cdnUrl, version, development }: AssetsOptions): AssetsSource {
  const path = join(staticRoot, 'build', 'assets-manifest.json');
  const cdn = cdnUrl === '' ? '' : `${cdnUrl.replace(/\/$/, '')}/grafana-oss/${version}/`;
  let known: { assets: FrontendAssets | undefined; modified: number } | undefined;
  return {
    read() {
      if (known && !development) return known.assets;
      const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (known?.modified !== modified) known = { assets: modified === 0 ? undefined : parseManifest(readFileSync(path, 'utf8'), cdn), modified };
      return known.assets;
    },
  };
}

function parseManifest(text: string, cdn: string): FrontendAssets {
  const manifest = JSON.parse(text) as Manifest;
  const integrity = new Map<string, string>();
  for (const [name, entry] of Object.entries(manifest)) {
    if (name === 'entrypoints' || typeof entry !== 'object' || entry === null) continue;
    const { src, integrity: sum } = entry as { src?: string; integrity?: string };
    if (typeof src === 'string') integrity.set(src, sum ?? '');
  }
  const files = (entry: string, kind: 'js' | 'css'): AssetFile[] =>
    (manifest.entrypoints?.[entry]?.assets?.[kind] ?? []).map((src) => ({ filePath: cdn + src, integrity: integrity.get(src) ?? '' }));
  const dark = files('dark', 'css')[0]?.filePath ?? '';
  const light = files('light', 'css')[0]?.filePath ?? '';
  const assets = { ...(cdn === '' ? {} : { cdn }), jsFiles: files('app', 'js'), cssFiles: files('app', 'css'), dark, light, swagger: files('swagger', 'js'), swaggerCssFiles: files('swagger', 'css') };
  if (assets.jsFiles.length === 0 || assets.swagger.length === 0 || dark === '' || light === '') throw new Error('assets-manifest.json lacks entry points of the frontend');
  return assets;
}
