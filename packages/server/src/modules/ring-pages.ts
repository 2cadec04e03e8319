/** `/ring`, `/memberlist` and `/prepare-downscale` of processes that know the search servers (apiserver-and-storage §9.1). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Membership, SearchRing } from './search-ring.ts';

/** Answers whether the page was one of its own. */
export type Pages = (path: string, req: IncomingMessage, res: ServerResponse) => Promise<boolean>;

const marks: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (mark) => marks[mark]!);
const time = (ms: number) => new Date(ms).toISOString();

export function createRingPages({ ring, membership, now }: { readonly ring: SearchRing; readonly membership?: Membership | undefined; readonly now: () => number }): Pages {
  async function show(title: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const members = (await ring.members()).map(({ name, address, state, registered, seen }) => ({ id: name, state, address, timestamp: time(seen), registered_timestamp: time(registered) }));
    if (req.headers.accept?.includes('application/json')) {
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ shards: members, now: time(now()) }));
      return;
    }
    const rows = members.map((member) => `<tr>${Object.values(member).map((value) => `<td>${escapeHtml(value)}</td>`).join('')}</tr>`).join('');
    const head = ['Instance ID', 'State', 'Address', 'Last Heartbeat', 'Registered At'].map((name) => `<th>${name}</th>`).join('');
    res.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'" })
      .end(`<!DOCTYPE html><title>${title}</title><h1>${title}</h1><p>Members are rows of the database that they share.</p><table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table>`);
  }

  return async (path, req, res) => {
    switch (path) {
      case '/ring': case '/memberlist': {
        if (req.method !== 'GET' && req.method !== 'HEAD') return false;
        await show(path === '/ring' ? 'Ring Status' : 'Memberlist Status', req, res);
        return true;
      }
      case '/prepare-downscale': {
        if (!membership) return false;
        if (req.method === 'POST' || req.method === 'DELETE') await membership.prepareDownscale(req.method === 'POST');
        else if (req.method !== 'GET') return false;
        if (req.method === 'GET') res.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(membership.prepared ? 'set\n' : 'unset\n');
        else res.writeHead(204).end();
        return true;
      }
      default: return false;
    }
  };
}
