import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { field, frame, stringField, type Frame } from '@belvedere/dataframe';
import type { BackendPlugin, DataQuery, DataResponse } from '@belvedere/plugin-sdk';
import { csvFields } from '../testdata/csv.ts';
import { randomWalks, type Random } from '../testdata/random-walk.ts';

/** The built-in data source `grafana` (queries-and-frames §9.2): random walks, and the public files that pickers list. */

export interface GrafanaSourceDeps {
  /** Folder of the web application: `[server] static_root_path`. */
  readonly staticRoot: string;
  readonly random?: Random;
}

/** Folders of the static root that anybody who may query may list. */
const openFolders: ReadonlySet<string> = new Set(['testdata', 'img', 'gazetteer', 'maps']);

const mediaTypes: Readonly<Record<string, string>> = {
  '.md': 'text/markdown; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png', '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg', '.gif': 'image/gif', '.webp': 'image/webp', '.ico': 'image/x-icon',
  '.json': 'application/json', '.geojson': 'application/geo+json', '.csv': 'text/csv; charset=utf-8', '.txt': 'text/plain; charset=utf-8', '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

export function createGrafanaPlugin({ staticRoot, random = Math.random }: GrafanaSourceDeps): BackendPlugin {
  async function answer(query: DataQuery): Promise<DataResponse> {
    switch (query.queryType) {
      case 'randomWalk': return { frames: randomWalks(query, query.json, random) };
      case 'list': return { frames: [await list(staticRoot, pathOf(query), query.maxDataPoints)] };
      case 'read': return { frames: [await read(staticRoot, pathOf(query))] };
      default: throw new Error('unknown query type');
    }
  }
  return {
    async queryData({ queries }) {
      const responses = new Map<string, DataResponse>();
      for (const query of queries) responses.set(query.refId, await answer(query).catch((error: Error) => ({ error: error.message })));
      return { responses };
    },
    checkHealth: async () => ({ status: 'OK', message: 'OK' }),
  };
}

/** Path segments below the static root. */
function pathOf({ json }: DataQuery): string[] {
  const path = typeof json['path'] === 'string' ? json['path'] : '';
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.some((part) => part === '.' || part === '..' || part.includes('\\') || part.includes('\0'))) throw new Error('path must be canonical');
  return parts;
}

async function list(root: string, parts: readonly string[], limit: number): Promise<Frame> {
  const folder = join(root, ...parts);
  // Compat: a folder that is not open looks like an empty one.
  const entries = openFolders.has(parts[0] ?? '') ? await readdir(folder, { withFileTypes: true }).catch(() => []) : [];
  const shown = entries.filter((entry) => entry.isDirectory() || entry.isFile()).sort((a, b) => (a.name < b.name ? -1 : 1));
  const page = shown.slice(0, Math.max(0, limit));
  const sizes = await Promise.all(page.map(async (entry) => (entry.isFile() ? BigInt((await stat(join(folder, entry.name)).catch(() => undefined))?.size ?? 0) : 0n)));
  return frame('', [
    stringField('name', page.map((entry) => entry.name)),
    stringField('mediaType', page.map((entry) => (entry.isDirectory() ? 'directory' : (mediaTypes[extname(entry.name).toLowerCase()] ?? '')))),
    field('int64', 'size', sizes, { config: { unit: 'bytes' } }),
  ], { meta: { type: 'directory-listing', custom: { HasMore: shown.length > page.length } } });
}

async function read(root: string, parts: readonly string[]): Promise<Frame> {
  const name = parts.at(-1) ?? '';
  if (extname(name) !== '.csv') throw new Error('unsupported file type');
  const text = openFolders.has(parts[0] ?? '') ? await readFile(join(root, ...parts), 'utf8').catch(() => undefined) : undefined;
  if (text === undefined) throw new Error('file not found');
  return frame(basename(name), csvFields(text, () => true));
}
