/**
 * The plugins that a Grafana frontend has built in, described as data (plugins §2.1, §3): panels, data sources and the three built-in sources.
 * A mounted frontend brings its own descriptions; these stand in when there is none.
 */
import { readFileSync } from 'node:fs';
import { readPluginJson } from './plugin-json.ts';
import type { Plugin, PluginFiles, PluginJson } from './plugin.ts';

interface CoreRow {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  /** Built apart from the frontend's bundles: its module is a file of its own. */
  readonly dist?: boolean;
  /** Folder in the frontend's sources, where it is not the id. */
  readonly dir?: string;
  readonly info: {
    readonly author?: { readonly name: string; readonly url: string };
    readonly description: string;
    readonly links: readonly (readonly [name: string, url: string])[];
    readonly logo: string;
    readonly largeLogo?: string;
    readonly keywords?: readonly string[];
    readonly screenshots?: readonly (readonly [name: string, path: string])[];
  };
  readonly grafanaDependency?: string;
  readonly exposedComponents?: readonly string[];
  readonly dashboards?: readonly (readonly [name: string, path: string])[];
  readonly [flag: string]: unknown;
}

export function corePlugins(version: string): Plugin[] {
  const rows = JSON.parse(readFileSync(new URL('core-plugins.json', import.meta.url), 'utf8')) as CoreRow[];
  return rows.map((row) => toPlugin(row, version));
}

function toPlugin({ dist, dir, info, dashboards, grafanaDependency, exposedComponents, ...flags }: CoreRow, version: string): Plugin {
  const json = readPluginJson(JSON.stringify({
    ...flags,
    info: {
      author: info.author ?? { name: 'Grafana Labs', url: 'https://grafana.com' }, description: info.description, keywords: info.keywords,
      links: info.links.map(([name, url]) => ({ name, url })), logos: { small: info.logo, large: info.largeLogo ?? info.logo },
      screenshots: info.screenshots?.map(([name, path]) => ({ name, path })), version: dist ? version : '',
    },
    dependencies: { grafanaDependency, extensions: { exposedComponents } },
    includes: dashboards?.map(([name, path]) => ({ name, path, type: 'dashboard' })),
    ...(dist && flags.type === 'datasource' && flags['executable'] ? { buildMode: 'production' } : {}),
  }));
  return {
    id: json.id, json, pluginClass: 'core', signature: { status: 'internal', type: '', org: '' }, folder: '', files: describedFiles(json, info.logo, info.largeLogo),
    baseUrl: `public/plugins/${json.id}`, module: dist ? `public/plugins/${json.id}/module.js` : `core:plugin/${dir ?? json.id}`,
    loadingStrategy: 'script', defaultNavUrl: '', includedInAppId: '', parentId: '',
    ...(json.languages ? { translations: Object.fromEntries(json.languages.map((lang) => [lang, `public/plugins/${json.id}/locales/${lang}/${json.id}.json`])) } : {}),
  };
}

/** A description and a logo of our own drawing, so that lists have something to show. */
function describedFiles(json: PluginJson, ...logos: (string | undefined)[]): PluginFiles {
  const started = Date.now();
  const described = json.backend || json.type === 'panel';
  const drawn = new Set(logos.filter((logo) => logo !== undefined && /\.(svg|png|jpg)$/.test(logo)));
  return {
    list: () => ['plugin.json', ...(described ? ['README.md'] : []), ...(drawn as Set<string>)],
    async read(path) {
      if (path === 'README.md' && described) return { bytes: Buffer.from(`# ${json.name}\n\n${json.info.description}\n`), modified: started };
      if (path === 'plugin.json') return { bytes: Buffer.from(JSON.stringify(json, null, 2)), modified: started };
      return drawn.has(path) ? { bytes: Buffer.from(letterLogo(json)), modified: started, contentType: 'image/svg+xml' } : undefined;
    },
  };
}

function letterLogo({ name, id, type }: PluginJson): string {
  let hue = 0;
  for (const c of id) hue = (hue * 31 + c.charCodeAt(0)) % 360;
  const letter = /[A-Za-z]/.exec(name)?.[0]?.toUpperCase() ?? '?';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="${type === 'panel' ? 8 : 32}" fill="hsl(${hue} 55% 45%)"/>` +
    `<text x="32" y="43" font-family="sans-serif" font-size="32" text-anchor="middle" fill="#fff">${letter}</text></svg>\n`;
}
