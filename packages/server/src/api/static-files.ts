/** Files of the frontend below `/public/` (frontend-contract §1). What is not there is a page like any other unknown address. */
import { createReadStream, realpathSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { isInside } from '../plugins/plugin-files.ts';
import { contentType } from '../util/content-type.ts';
import { redirect, Reply } from '../web/reply.ts';
import type { RequestContext } from '../web/route.ts';

export interface StaticFiles {
  /** Undefined: there is no such file. */
  reply(ctx: Pick<RequestContext, 'path' | 'headers'>, relative: string): Reply | undefined;
}

export function createStaticFiles(roots: () => readonly string[], development: boolean): StaticFiles {
  const cacheControl = (relative: string) =>
    development ? 'max-age=0, must-revalidate, no-cache' : `public, max-age=${relative.startsWith('build/') ? 31_536_000 : 3_600}`;

  return {
    reply({ path, headers: asked }, relative) {
      // Templates are rendered, never served.
      if (relative.includes('\0') || relative.split(/[/\\]/).includes('..') || relative.startsWith('views/')) return undefined;
      const found = first(roots(), (root) => fileBelow(root, relative));
      if (!found) return undefined;
      let { file, stat } = found;
      if (stat.isDirectory()) {
        if (!path.endsWith('/')) return redirect(`${path}/`);
        const index = statSync(join(file, 'index.html'), { throwIfNoEntry: false });
        if (!index) return undefined;
        ({ file, stat } = { file: join(file, 'index.html'), stat: index });
      }
      const modified = Math.floor(Number(stat.mtimeMs) / 1000) * 1000;
      const headers = { 'cache-control': cacheControl(relative), 'last-modified': new Date(modified).toUTCString() };
      const since = asked['if-modified-since'];
      if (since !== undefined && modified <= Date.parse(since)) return new Reply(304, null, headers);
      const size = Number(stat.size);
      const full = { ...headers, 'content-type': contentType(file), 'accept-ranges': 'bytes', 'content-length': String(size) };
      if (size === 0) return new Reply(200, Buffer.alloc(0), full);
      const range = /^bytes=(\d+)-(\d*)$/.exec(asked.range ?? '');
      if (!range) return new Reply(200, createReadStream(file), full);
      const [start, end] = [Number(range[1]), range[2] === '' ? size - 1 : Math.min(Number(range[2]), size - 1)];
      if (start > end) return new Reply(416, null, { ...headers, 'content-range': `bytes */${size}` });
      return new Reply(206, createReadStream(file, { start, end }), { ...full, 'content-length': String(end - start + 1), 'content-range': `bytes ${start}-${end}/${size}` });
    },
  };
}

function fileBelow(root: string, relative: string): { readonly file: string; readonly stat: Stats } | undefined {
  try {
    const base = realpathSync(root);
    const file = realpathSync(join(base, relative));
    return file === base || isInside(base, file) ? { file, stat: statSync(file) } : undefined;
  } catch {
    return undefined;
  }
}

function first<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
