/** `iam.grafana.app` (apiserver-and-storage §6.6): users, teams, service accounts and bindings, to be read. */
import { Type } from '../../web/schema.ts';
import { specOf, type ApiList, type ApiObject, type ObjectMeta } from '../../apiserver/api-object.ts';
import { defineKind, listKindOf, verbsWithoutWatch, type Authorizer, type Kind, type KindBackend, type Subresource } from '../../apiserver/kind.ts';
import { labelsMatch } from '../../apiserver/selectors.ts';
import { objectNotFound, StatusError } from '../../apiserver/status.ts';
import { checkFields } from '../../apiserver/store-backend.ts';
import { createdColumn, nameColumn } from '../../apiserver/table.ts';
import type { Identity } from '../../web/identity.ts';
import { text } from '../../web/reply.ts';
import { rfc3339 } from '../../storage/resource-changes.ts';
import type { ServiceAccountService } from '../../services/identity/serviceaccounts/serviceaccount.ts';
import type { IamStore } from './iam-store.ts';

export const group = 'iam.grafana.app';
export const version = 'v0alpha1';
const apiVersion = `${group}/${version}`;

export interface IamDeps {
  readonly store: IamStore;
  readonly serviceAccounts: Pick<ServiceAccountService, 'idOfUid' | 'tokens'>;
}

const refused = { deny: 'unauthorized request' };

/** Lists want the right on everything; service accounts never list. */
export const mayReadAll = (identity: Identity, what: string): boolean =>
  identity.kind !== 'service-account' && identity.permissions.has(`${what}:read`, `${what}:*`, `global.${what}:*`);

/** Rights on one object are known by its uid or by its number; `idOf` finds the latter. */
const byPermission = (what: string, idOf: (identity: Identity, uid: string) => Promise<number | undefined>): Authorizer => async ({ verb, name }, identity) => {
  if (verb === 'list' || verb === 'watch') return mayReadAll(identity, what) ? 'allow' : refused;
  const action = `${what}:${verb === 'get' ? 'read' : verb === 'create' ? 'create' : verb.startsWith('delete') ? 'delete' : 'write'}`;
  const scopes = (by: string) => (verb === 'create' ? [] : [`${what}:${by}`, `global.${what}:${by}`]);
  if (identity.permissions.has(action, ...scopes(`uid:${name}`))) return 'allow';
  const id = verb === 'create' || !identity.permissions.has(action) ? undefined : await idOf(identity, name);
  return id !== undefined && identity.permissions.has(action, ...scopes(`id:${id}`)) ? 'allow' : refused;
};

const unavailable: Pick<Subresource, 'verbs' | 'handle' | 'parameters'> = {
  verbs: ['get'], handle: async () => text('functionality not available\n', 403), parameters: [['limit', 'integer'], ['offset', 'integer'], ['page', 'integer']],
};

export function iamKinds({ store, serviceAccounts }: IamDeps): readonly Kind[] {
  const user: Kind = defineKind({
    group, kind: 'User', plural: 'users', singular: 'user', verbs: verbsWithoutWatch, authorize: byPermission('users', async ({ orgId }, uid) => (await store.users(orgId, 'user', uid))[0]?.id),
    versions: [{
      name: version, spec: Type.Object({
        disabled: Type.Boolean(), email: Type.String(), emailVerified: Type.Boolean(), grafanaAdmin: Type.Boolean(), login: Type.String(), title: Type.String(),
        provisioned: Type.Boolean(), role: Type.String(),
      }),
      status: Type.Object({ lastSeenAt: Type.Integer({ format: 'int64' }) }), statusRequired: true,
    }],
    columns: [nameColumn, specColumn('Login', 'login', 'The user login'), specColumn('Email', 'email', 'The user email'), createdColumn],
    subresources: [{ name: 'teams', kind: 'UserTeamList', ...unavailable }],
    backend: {
      get: async ({ caller, name }) => {
        const [found] = await store.users(caller.orgId, 'user', name);
        // Compat: users are named in the singular here.
        if (!found) throw objectNotFound({ ...user, plural: 'user' }, name);
        return asUser(found, caller.namespace);
      },
      list: async (request) => listOf(user, request, (await store.users(request.caller.orgId, 'user')).map((found) => asUser(found, request.caller.namespace)), undefined),
    },
  });

  const team: Kind = defineKind({
    group, kind: 'Team', plural: 'teams', singular: 'team', verbs: verbsWithoutWatch, authorize: byPermission('teams', async ({ orgId }, uid) => (await store.teams(orgId, uid))[0]?.id),
    versions: [{
      name: version, spec: Type.Object({ title: Type.String(), email: Type.String(), provisioned: Type.Boolean(), externalUID: Type.String() }),
      answers: { GetGroupsResponse: Type.Object({ kind: Type.Optional(Type.String()), apiVersion: Type.Optional(Type.String()), items: Type.Array(Type.Object({ name: Type.String(), externalGroup: Type.String() })) }) },
    }],
    columns: [nameColumn, specColumn('Title', 'title', 'The team name'), specColumn('Email', 'email', 'team email'), createdColumn],
    subresources: [{ name: 'groups', kind: 'GetGroupsResponse', ...unavailable }, { name: 'members', kind: 'TeamMemberList', ...unavailable }],
    backend: {
      get: async ({ caller, name }) => {
        const [found] = await store.teams(caller.orgId, name);
        if (!found) throw objectNotFound(team, name);
        return asTeam(found, caller.namespace);
      },
      list: async (request) => {
        const teams = await store.teams(request.caller.orgId);
        return listOf(team, request, teams.map((found) => asTeam(found, request.caller.namespace)), newest(teams));
      },
    },
  });

  const binding: Kind = defineKind({
    group, kind: 'TeamBinding', plural: 'teambindings', singular: 'teambinding', verbs: verbsWithoutWatch,
    // Everybody may list; the list shows what concerns them.
    authorize: ({ verb }, identity) => (verb === 'list' || verb === 'get' || identity.permissions.has('teams.permissions:write') ? 'allow' : refused),
    versions: [{
      name: version, spec: Type.Object({
        subject: Type.Object({ name: Type.String() }), teamRef: Type.Object({ name: Type.String() }), permission: Type.String(), external: Type.Boolean(),
      }),
    }],
    columns: [nameColumn, { name: 'Team', type: 'string', cell: (object) => specOf<{ teamRef: { name: string } }>(object).teamRef.name }, { ...createdColumn, type: 'string', format: 'date' }],
    selectableFields: {
      'spec.subject.name': (object) => specOf<{ subject: { name: string } }>(object).subject.name,
      'spec.teamRef.name': (object) => specOf<{ teamRef: { name: string } }>(object).teamRef.name,
    },
    backend: {
      get: async ({ caller, name }) => {
        const [found] = await store.teamBindings(caller.orgId, name);
        if (!found || !seesBinding(caller.identity, found)) throw objectNotFound(binding, name);
        return asBinding(found, caller.namespace);
      },
      list: async (request) => {
        const found = (await store.teamBindings(request.caller.orgId)).filter((each) => seesBinding(request.caller.identity, each));
        return listOf(binding, request, found.map((each) => asBinding(each, request.caller.namespace)), undefined);
      },
    },
  });

  const account: Kind = defineKind({
    group, kind: 'ServiceAccount', plural: 'serviceaccounts', singular: 'serviceaccount', verbs: verbsWithoutWatch,
    authorize: byPermission('serviceaccounts', ({ orgId }, uid) => serviceAccounts.idOfUid(orgId, uid)),
    versions: [{ name: version, spec: Type.Object({ disabled: Type.Boolean(), plugin: Type.String(), role: Type.String(), title: Type.String() }) }],
    columns: [nameColumn, specColumn('Title', 'title', ''), { name: 'Disabled', type: 'boolean', cell: (object) => specOf(object)['disabled'] }, createdColumn],
    subresources: [{
      name: 'tokens', kind: 'ServiceAccountTokenList', verbs: ['get'],
      handle: async ({ caller, name, kind }) => {
        const id = await serviceAccounts.idOfUid(caller.orgId, name);
        if (id === undefined) throw objectNotFound(kind, name);
        const tokens = await serviceAccounts.tokens(caller.orgId, id);
        return {
          kind: 'ServiceAccountTokenList', apiVersion, metadata: {},
          items: tokens.map((token) => ({
            title: token.name, revoked: token.isRevoked, created: rfc3339(token.created),
            ...(token.expires ? { expires: rfc3339(token.expires * 1000) } : {}), ...(token.lastUsedAt ? { lastUsed: rfc3339(token.lastUsedAt) } : {}),
          })),
        };
      },
    }],
    backend: {
      get: async ({ caller, name }) => {
        const [found] = await store.users(caller.orgId, 'service-account', name);
        if (!found) throw objectNotFound(account, name);
        return asAccount(found, caller.namespace);
      },
      list: async (request) => {
        const found = await store.users(request.caller.orgId, 'service-account');
        return listOf(account, request, found.map((each) => asAccount(each, request.caller.namespace)), newest(found));
      },
    },
  });

  const missing: KindBackend['list'] = async () => {
    throw new StatusError(405, 'MethodNotAllowed', 'unavailable functionality');
  };
  return [
    defineKind({
      group, kind: 'ExternalGroupMapping', plural: 'externalgroupmappings', singular: 'externalgroupmapping', verbs: verbsWithoutWatch,
      versions: [{ name: version, spec: Type.Object({ teamRef: Type.Object({ name: Type.String() }), externalGroupId: Type.String() }) }],
      backend: { list: missing },
    }),
    account,
    defineKind({
      group, kind: 'SSOSetting', plural: 'ssosettings', singular: 'ssosetting', verbs: ['delete', 'get', 'list', 'patch', 'update'], versions: [{ name: version }],
      // Compat: listed in discovery, and refused to everybody.
      authorize: () => ({ deny: 'no authorizer found for resource ssosettings' }), undescribed: true, backend: {},
    }),
    binding, team, user,
  ];
}

const seesBinding = (identity: Identity, { userUid, teamUid, teamId }: { userUid: string; teamUid: string; teamId: number }) =>
  userUid === identity.uid || identity.permissions.has('teams.permissions:read', `teams:uid:${teamUid}`, `teams:id:${teamId}`);

export function specColumn(name: string, field: string, description: string) {
  return { name, type: 'string' as const, format: 'string', description, cell: (object: ApiObject) => String(specOf(object)[field] ?? '') };
}

interface Dated {
  readonly uid: string;
  readonly created: number;
  readonly updated: number;
}

/** Compat: whole seconds, as the reference's tables keep them. */
const versionOf = (updated: number) => String(Math.floor(updated / 1000) * 1000);
const newest = (rows: readonly Dated[]) => versionOf(rows.length === 0 ? Date.now() : Math.max(...rows.map((row) => row.updated)));

const meta = (row: Dated & { readonly id?: number }, namespace: string): ObjectMeta => ({
  name: row.uid, namespace, resourceVersion: versionOf(row.updated), creationTimestamp: rfc3339(row.created),
  ...(row.id === undefined ? {} : { labels: { 'grafana.app/deprecatedInternalID': String(row.id) }, annotations: { 'grafana.app/updatedTimestamp': rfc3339(row.updated) } }),
});

type Row<M extends 'users' | 'teams' | 'teamBindings'> = Awaited<ReturnType<IamStore[M]>>[number];

const asUser = (row: Row<'users'>, namespace: string): ApiObject => ({
  kind: 'User', apiVersion, metadata: meta(row, namespace),
  spec: {
    disabled: row.isDisabled, email: row.email, emailVerified: row.emailVerified, grafanaAdmin: row.isAdmin, login: row.login, title: row.name, provisioned: row.isProvisioned, role: row.role,
  },
  status: { lastSeenAt: Math.floor(row.lastSeenAt / 1000) },
});

const asTeam = (row: Row<'teams'>, namespace: string): ApiObject => ({
  kind: 'Team', apiVersion, metadata: meta(row, namespace), spec: { title: row.name, email: row.email, provisioned: row.isProvisioned, externalUID: row.externalUid },
});

const asBinding = (row: Row<'teamBindings'>, namespace: string): ApiObject => ({
  kind: 'TeamBinding', apiVersion, metadata: meta({ uid: row.uid, created: row.created, updated: row.updated }, namespace),
  spec: { subject: { name: row.userUid }, teamRef: { name: row.teamUid }, permission: row.isAdmin ? 'admin' : 'member', external: row.external },
});

const asAccount = (row: Row<'users'>, namespace: string): ApiObject => ({
  kind: 'ServiceAccount', apiVersion, metadata: meta(row, namespace), spec: { disabled: row.isDisabled, plugin: '', role: row.role, title: row.name },
});

/** Selectors and pages over rows that are all here already. Items of these lists do not repeat what they are. */
export function listOf(kind: Kind, request: Parameters<NonNullable<KindBackend['list']>>[0], objects: readonly ApiObject[], resourceVersion: string | undefined): ApiList {
  checkFields(kind, request.fields, request.version);
  const matching = objects.filter((object) => labelsMatch(request.labels, object.metadata.labels ?? {}) && request.fields.every(({ field, operator, value }) => {
    const is = field === 'metadata.name' ? object.metadata.name : field === 'metadata.namespace' ? object.metadata.namespace : kind.selectableFields?.[field]?.(object);
    return (is === value) === (operator === '=');
  }));
  const offset = /^\d+$/.test(request.continueToken) ? Number(request.continueToken) : 0;
  const page = request.limit > 0 ? matching.slice(offset, offset + request.limit) : matching.slice(offset);
  const end = offset + page.length;
  return {
    kind: listKindOf(kind), apiVersion: `${kind.group}/${request.version}`,
    metadata: { ...(resourceVersion === undefined ? {} : { resourceVersion }), ...(end < matching.length ? { continue: String(end) } : {}) },
    items: page.map((object) => ({ ...object, kind: '', apiVersion: '' })),
  };
}
