/** Schemas that every OpenAPI document shares: metadata, options, status, discovery. */

type Schema = Record<string, unknown>;

export const metaPrefix = 'io.k8s.apimachinery.pkg.apis.meta.v1';
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const meta = (name: string): Schema => ({ allOf: [ref(`${metaPrefix}.${name}`)], default: {} });
const string: Schema = { type: 'string' };
const boolean: Schema = { type: 'boolean' };
const int32: Schema = { type: 'integer', format: 'int32' };
const int64: Schema = { type: 'integer', format: 'int64' };
const strings: Schema = { type: 'array', items: { type: 'string', default: '' } };
const stringMap: Schema = { type: 'object', additionalProperties: { type: 'string', default: '' } };
const many = (name: string): Schema => ({ type: 'array', items: meta(name) });
const object = (properties: Schema, required: readonly string[] = []): Schema => ({ type: 'object', ...(required.length > 0 ? { required } : {}), properties });
const typeMeta = { kind: string, apiVersion: string };

const shared: Record<string, Schema> = {
  Time: { type: 'string', format: 'date-time' },
  FieldsV1: { type: 'object' },
  ManagedFieldsEntry: object({ manager: string, operation: string, apiVersion: string, time: ref(`${metaPrefix}.Time`), fieldsType: string, fieldsV1: ref(`${metaPrefix}.FieldsV1`), subresource: string }),
  OwnerReference: object({ apiVersion: string, kind: string, name: string, uid: string, controller: boolean, blockOwnerDeletion: boolean }, ['apiVersion', 'kind', 'name', 'uid']),
  ObjectMeta: object({
    name: string, generateName: string, namespace: string, selfLink: string, uid: string, resourceVersion: string, generation: int64, creationTimestamp: ref(`${metaPrefix}.Time`),
    deletionTimestamp: ref(`${metaPrefix}.Time`), deletionGracePeriodSeconds: int64, labels: stringMap, annotations: stringMap, ownerReferences: many('OwnerReference'),
    finalizers: strings, managedFields: many('ManagedFieldsEntry'),
  }),
  ListMeta: object({ selfLink: string, resourceVersion: string, continue: string, remainingItemCount: int64 }),
  Preconditions: object({ uid: string, resourceVersion: string }),
  DeleteOptions: object({
    ...typeMeta, gracePeriodSeconds: int64, preconditions: ref(`${metaPrefix}.Preconditions`), orphanDependents: boolean, propagationPolicy: string, dryRun: strings,
    ignoreStoreReadErrorWithClusterBreakingPotential: boolean,
  }),
  Patch: { type: 'object' },
  StatusCause: object({ reason: string, message: string, field: string }),
  StatusDetails: object({ name: string, group: string, kind: string, uid: string, causes: many('StatusCause'), retryAfterSeconds: int32 }),
  Status: object({ ...typeMeta, metadata: meta('ListMeta'), status: string, message: string, reason: string, details: ref(`${metaPrefix}.StatusDetails`), code: int32 }),
  WatchEvent: object({ type: string, object: ref('io.k8s.apimachinery.pkg.runtime.RawExtension') }, ['type', 'object']),
  APIResource: object({
    name: string, singularName: string, namespaced: boolean, group: string, version: string, kind: string, verbs: strings, shortNames: strings, categories: strings, storageVersionHash: string,
  }, ['name', 'singularName', 'namespaced', 'kind', 'verbs']),
  APIResourceList: object({ ...typeMeta, groupVersion: string, resources: many('APIResource') }, ['groupVersion', 'resources']),
  GroupVersionForDiscovery: object({ groupVersion: string, version: string }, ['groupVersion', 'version']),
  ServerAddressByClientCIDR: object({ clientCIDR: string, serverAddress: string }, ['clientCIDR', 'serverAddress']),
  APIGroup: object({
    ...typeMeta, name: string, versions: many('GroupVersionForDiscovery'), preferredVersion: meta('GroupVersionForDiscovery'),
    serverAddressByClientCIDRs: many('ServerAddressByClientCIDR'),
  }, ['name', 'versions']),
  APIGroupList: object({ ...typeMeta, groups: many('APIGroup') }, ['groups']),
};

export const sharedSchemas: Readonly<Record<string, Schema>> = {
  ...Object.fromEntries(Object.entries(shared).map(([name, schema]) => [`${metaPrefix}.${name}`, schema])),
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { type: 'object' },
};
