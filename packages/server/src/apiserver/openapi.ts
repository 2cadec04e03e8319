/** The OpenAPI v3 documents, one a group version (apiserver-and-storage §1.3). */
import type { RequestContext } from '../web/route.ts';
import { Reply } from '../web/reply.ts';
import type { ServedGroup } from './discovery.ts';

type Context = Pick<RequestContext, 'headers' | 'search'>;

export function createOpenApi({ groups }: { groups: () => readonly ServedGroup[] }) {
  return {
    index: async (_ctx: Context): Promise<Reply> => new Reply(200, JSON.stringify({ paths: {}, n: groups().length }), { 'content-type': 'application/json' }),
    document: async (_ctx: Context, _path: string): Promise<Reply> => new Reply(404, '', {}),
    version2: async (): Promise<Reply> => new Reply(404, '', {}),
  };
}
