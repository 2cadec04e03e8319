/** What the frontend consists of, a mounted one or the console: its manifest (frontend-contract §2.4). */
import { existsSync, readFileSync, statSync } from 'node:fs';
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
  /** Undefined: there is none. Throws when there is one that cannot be used. */
  read(): FrontendAssets | undefined;
  /** Where the files below `/public/` lie, the first folder that has one wins. */
  roots(): readonly string[];
  /** The console is being built, and will be there in a moment. */
  building(): boolean;
}

export interface AssetsOptions {
  readonly staticRoot: string;
  /** Where Belvedere's own console is built to; it is what people see when no frontend is mounted. */
  readonly consoleRoot: string;
  /** `[server] cdn_url`, '' for none. */
  readonly cdnUrl: string;
  readonly version: string;
}

interface Manifest {
  readonly entrypoints?: Readonly<Record<string, { readonly assets?: { readonly js?: readonly string[]; readonly css?: readonly string[] } }>>;
  readonly [file: string]: unknown;
}

/** A manifest is looked at with each page, so that a console that has just been built is there at once, and read when it has changed. */
export function createAssetsSource({ staticRoot, consoleRoot, cdnUrl, version }: AssetsOptions): AssetsSource {
  const cdn = cdnUrl === '' ? '' : `${cdnUrl.replace(/\/$/, '')}/grafana-oss/${version}/`;
  const frontend = (root: string, from: string) => {
    const path = join(root, 'build', 'assets-manifest.json');
    let known: { assets: FrontendAssets | undefined; modified: number } | undefined;
    return () => {
      const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (known?.modified !== modified) known = { assets: modified === 0 ? undefined : parseManifest(readFileSync(path, 'utf8'), from), modified };
      return known.assets;
    };
  };
  const mounted = frontend(staticRoot, cdn);
  const own = frontend(consoleRoot, '');
  return {
    read: () => mounted() ?? own(),
    roots: () => (existsSync(join(staticRoot, 'build', 'assets-manifest.json')) ? [staticRoot] : [staticRoot, consoleRoot]),
    building: () => existsSync(`${consoleRoot}.making`),
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
