/** `userstorage.grafana.app` (apiserver-and-storage §6.4): what plugins keep for a user. Names are `<service>:<user uid>`. */
import { Type } from '../../web/schema.ts';
import { specOf } from '../../apiserver/api-object.ts';
import { allVerbs, defineKind } from '../../apiserver/kind.ts';
import { causes, invalid } from '../../apiserver/status.ts';
import { createdColumn, nameColumn } from '../../apiserver/table.ts';

const UserStorageSpec = Type.Object({
  // Compat: absent data is stored as null.
  data: Type.Record(Type.String(), Type.String(), { default: null }),
});

export const userStorageKind = defineKind({
  group: 'userstorage.grafana.app', kind: 'UserStorage', plural: 'user-storage', singular: 'user-storage',
  versions: [{ name: 'v0alpha1', spec: UserStorageSpec }], verbs: allVerbs, structs: ['spec.data'], looseSchema: true,
  columns: [nameColumn, { name: 'Data', type: 'string', cell: (object) => JSON.stringify(specOf(object)['data'] ?? null) }, createdColumn],
  authorize({ verb, name }, identity) {
    if (identity.isGrafanaAdmin) return 'allow';
    // The owner is looked at again when something is created: then the body says the name.
    if (verb === 'create') return 'allow';
    const own = name.endsWith(`:${identity.uid}`) && identity.uid !== '';
    return own && (verb === 'get' || verb === 'update' || verb === 'patch' || verb === 'delete') ? 'allow' : { deny: 'forbidden' };
  },
  hooks: {
    admit({ operation, caller, object }) {
      const name = object.metadata.name!;
      const [service, owner, ...rest] = name.split(':');
      if (operation === 'create' && (!service || rest.length > 0 || owner !== caller.identity.uid || owner === '')) {
        throw invalid(userStorageKind, name, [causes.forbidden('metadata.name', 'name must match service:user_uid')]);
      }
      return object;
    },
  },
});
