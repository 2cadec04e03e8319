/** Names and searches of `iam.grafana.app` (apiserver-and-storage §6.6). */
import { createHash } from 'node:crypto';
import type { GroupRoute } from '../../apiserver/kind.ts';
import { StatusError } from '../../apiserver/status.ts';
import type { Clock } from '../../infra/clock.ts';
import { ageText } from '../../services/identity/users/presentation.ts';
import { json } from '../../web/reply.ts';
import { group, mayReadAll, version } from './iam-kinds.ts';
import type { IamStore, Named } from './iam-store.ts';

export interface IamRoutesDeps {
  readonly store: IamStore;
  readonly clock: Pick<Clock, 'now'>;
  /** Logins that only server administrators find. */
  readonly hiddenUsers: ReadonlySet<string>;
  readonly subPath: string;
}

const keysMax = 1_000;
const hitsMax = 1_000;

export function iamRoutes({ store, clock, hiddenUsers, subPath }: IamRoutesDeps): readonly GroupRoute[] {
  const shared = { group, version, methods: ['GET'] as const, authorize: () => 'allow' as const };
  const avatar = (text: string) => `${subPath}/avatar/${createHash('md5').update(text.trim().toLowerCase()).digest('hex')}`;
  const shown = (who: Named) => ({
    identity: { type: who.isServiceAccount ? 'service-account' : 'user', name: who.uid }, displayName: who.name || who.login, avatarURL: avatar(who.email || who.login), internalId: who.id,
  });

  return [
    {
      ...shared, path: 'display', description: { tag: 'Display', operationId: 'getDisplayMapping', parameters: [['key', 'array', true]] },
      async handle({ search }) {
        const keys = search.getAll('key').slice(0, keysMax);
        if (keys.length === 0) return json({ metadata: {}, keys: null, display: [] });
        const wanted = parseKeys(keys);
        const people = await store.named(wanted.uids, wanted.ids);
        return json({
          metadata: {}, keys, ...(wanted.invalid.length > 0 ? { invalidKeys: wanted.invalid } : {}),
          display: [...people.map(shown), ...wanted.special.map(({ avatarOf, ...display }) => ({ ...display, ...(avatarOf === undefined ? {} : { avatarURL: avatar(avatarOf) }) }))],
        });
      },
    },
    {
      ...shared, path: 'searchUsers',
      description: {
        tag: 'Search', operationId: 'getSearchUsers', parameters: [['query', 'string'], ['limit', 'integer'], ['page', 'integer'], ['offset', 'integer'], ['sort', 'string']],
        responses: { default: { description: 'Default OK response', content: { 'application/json': { schema: { type: 'object' } } } } },
      },
      async handle({ caller, search }) {
        const { query, limit, offset } = paging(search, 30);
        const { identity } = caller;
        const all = mayReadAll(identity, 'users') ? await store.users(identity.orgId, 'user') : [];
        const found = all.filter((user) => (identity.isGrafanaAdmin || !hiddenUsers.has(user.login) || user.uid === identity.uid)
          && (query === '' || [user.login, user.email, user.name].some((field) => field.toLowerCase().includes(query))));
        const sort = search.get('sort') ?? '';
        const field = sort.replace(/^-/, '');
        const value = (user: (typeof found)[number]) => (field === 'title' ? user.name : field === 'email' ? user.email : field === 'lastSeenAt' ? user.lastSeenAt : user.login);
        if (['title', 'login', 'email', 'lastSeenAt'].includes(field)) {
          const direction = sort.startsWith('-') ? -1 : 1;
          found.sort((a, b) => (value(a) < value(b) ? -direction : value(a) > value(b) ? direction : 0));
        }
        return json({
          offset, totalHits: found.length, queryCost: 0, maxScore: 0,
          hits: found.slice(offset, offset + limit).map((user) => ({
            name: user.uid, title: user.name, login: user.login, email: user.email, role: user.role, lastSeenAt: Math.floor(user.lastSeenAt / 1000),
            lastSeenAtAge: ageText(user.lastSeenAt, clock.now()), provisioned: user.isProvisioned, score: 0,
          })),
        });
      },
    },
    {
      ...shared, path: 'searchTeams', description: { tag: 'Search', parameters: [['query', 'string'], ['limit', 'integer'], ['page', 'integer'], ['offset', 'integer']] },
      async handle({ caller, search }) {
        const { query, limit, offset } = paging(search, 50);
        const all = mayReadAll(caller.identity, 'teams') ? await store.teams(caller.identity.orgId) : [];
        const found = all.filter((team) => query === '' || team.name.toLowerCase().includes(query));
        return json({
          ...(offset > 0 ? { offset } : {}), totalHits: found.length,
          hits: found.slice(offset, offset + limit).map((team) => ({
            name: team.uid, title: team.name, email: team.email, ...(team.isProvisioned ? { provisioned: true } : {}), ...(team.externalUid ? { externalUID: team.externalUid } : {}),
          })),
        });
      },
    },
    {
      ...shared, methods: ['POST'], path: 'searchExternalGroupMappings',
      description: {
        tag: 'Search', operationId: 'searchExternalGroupMappings', parameters: [['limit', 'integer'], ['page', 'integer'], ['offset', 'integer'], ['sort', 'string']],
        responses: { 403: { description: 'Forbidden' }, default: { description: 'Default OK response', content: { 'application/json': { schema: { type: 'object' } } } } },
      },
      async handle() {
        throw new StatusError(403, 'Forbidden', 'functionality not available');
      },
    },
  ];
}

interface Special {
  readonly identity: { readonly type: string; readonly name: string };
  readonly displayName: string;
  readonly avatarOf?: string;
}

function parseKeys(keys: readonly string[]): { uids: string[]; ids: number[]; invalid: string[]; special: Special[] } {
  const out = { uids: [] as string[], ids: [] as number[], invalid: [] as string[], special: [] as Special[] };
  for (const key of keys) {
    const colon = key.indexOf(':');
    const [type, name] = colon < 0 ? ['user', key] : [key.slice(0, colon), key.slice(colon + 1)];
    switch (type) {
      case 'user': case 'service-account':
        if (name === '0') out.special.push({ identity: { type: 'user', name: '0' }, displayName: 'System admin' });
        else if (/^\d{1,15}$/.test(name)) out.ids.push(Number(name));
        else if (name !== '') out.uids.push(name);
        break;
      case 'anonymous': out.special.push({ identity: { type, name }, displayName: 'Anonymous', avatarOf: 'anonymous' }); break;
      case 'api-key': out.special.push({ identity: { type, name }, displayName: 'API Key', avatarOf: 'API Key' }); break;
      default: out.invalid.push(key);
    }
  }
  return out;
}

function paging(search: URLSearchParams, limitDefault: number): { query: string; limit: number; offset: number } {
  const number = (name: string) => {
    const value = Number(search.get(name) ?? 0);
    return Number.isSafeInteger(value) && value > 0 ? value : 0;
  };
  const limit = Math.min(number('limit') || limitDefault, hitsMax);
  const page = number('page');
  return { query: (search.get('query') ?? '').trim().replace(/^\*$/, '').toLowerCase(), limit, offset: page > 0 ? (page - 1) * limit : number('offset') };
}
