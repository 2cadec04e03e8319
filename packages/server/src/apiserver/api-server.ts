/**
 * Serves kinds under `/apis` (apiserver-and-storage §1–§4): takes the path apart, asks the authorizers, decodes, calls the kind's
 * backend, and writes the answer in the form that was asked for.
 */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Clock } from '../infra/clock.ts';
import type { Logger } from '../infra/log/log.ts';
import type { Secrets } from '../infra/secrets/secrets.ts';
import type { ResourceStore } from '../storage/resource-store.ts';
import { parseExact } from '../util/exact-json.ts';
import { isObject, objectOf } from '../util/json-value.ts';
import { namespaceOf, orgIdOf } from '../util/namespace.ts';
import { anyone, signedIn } from '../web/access.ts';
import { hijacked, Reply } from '../web/reply.ts';
import type { Method, RequestContext, Routes } from '../web/route.ts';
import { objectText, plain, type ApiList, type ApiObject, type ObjectMeta } from './api-object.ts';
import { applyConfig, listedMetadata, ownedMetadata } from './managed-fields.ts';
import { cborMediaType, cborOf, cborSequenceMediaType, jsonOfCbor, prefersCbor } from './cbor.ts';
import { authorize, impersonation, InvalidNamespaceError } from './authorizer.ts';
import { authorOf } from './caller.ts';
import { checkMetadata, checkName, decodeObjectOf, generatedName } from './decode.ts';
import { aggregated, aggregatedAs, aggregatedMediaType, discoveryProtobuf, envelope, groupList, groupOf, number, resourceList, text, type ServedGroup } from './discovery.ts';
import { apiVersionOf, listKindOf, type Attributes, type Caller, type GroupRoute, type Kind, type KindBackend, type Verb, type WriteOptions } from './kind.ts';
import { decodeApplied, decodeBody, isPretty, mediaTypeOf, negotiate, yamlText, type Accepted, type Format } from './negotiate.ts';
import { keepsManaged, withManagedWrites, type ForwardWish } from './managed-writes.ts';
import { createOpenApi } from './openapi.ts';
import { applyConflict, checkApplied, checkNamed, decodePatched, placeIn, shownType } from './patched-object.ts';
import { checkOperations, jsonPatch, mergePatch, parsePatch, patchProblems, shownValue, strategicMergePatch } from './patch.ts';
import { deleteOptions, getVersion, listRequest, truthy, versionPattern, writeOptions } from './request-options.ts';
import { healthText, versionInfo, type BuildInfo } from './server-info.ts';
import { badRequest, bodyTooLarge, causes, conflict, invalid, methodNotAllowed, noSuchResource, objectNotFound, statusOf, StatusError, verbNotSupported } from './status.ts';
import { checkFields, createStoreBackend } from './store-backend.ts';
import { parseIncludeObject, partialListText, partialText, tableText, wrongTransformation } from './table.ts';

export interface ApiServerDeps {
  readonly store: ResourceStore;
  readonly clock: Clock;
  readonly secrets: Pick<Secrets, 'encryptText'>;
  readonly log: Logger;
  readonly build: BuildInfo;
  /** `host:port` shown in discovery. */
  readonly address: string;
  /** Whether an organization exists: server administrators may reach all of them, and no others. */
  /** Feature toggle `cborServing`. */
  readonly servesCbor?: boolean;
  /** `[unified_storage] max_page_size_bytes` */
  readonly pageBytesMax?: number;
}

export interface ApiServer {
  /** Before `routes`. Groups are listed in the order of registration. */
  register(...kinds: readonly Kind[]): void;
  registerRoutes(...routes: readonly GroupRoute[]): void;
  routes(routes: Routes): void;
  /** The backend of a kind: for the legacy face and for other kinds. */
  backendOf(kind: Kind): KindBackend;
  /** A kind that is registered. */
  kindOf(type: { readonly group: string; readonly resource: string }): Kind | undefined;
  /** Before any request: repositories manage objects that lie in folders, and this is how their files are written. */
  manageByFiles(forward: ForwardWish): void;
  /** Ends open watches. */
  close(): void;
}

type Context = RequestContext<Record<string, string>, URLSearchParams, undefined>;

const methods: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const watchMsMin = 1_800_000;
const conflictRetries = 5;
/** Longer lists are sent while they are read. */
const listedAtOnceMax = 500;

export function createApiServer({ store, clock, secrets, log, build, address, servesCbor = false, pageBytesMax }: ApiServerDeps): ApiServer {
  const kinds: Kind[] = [];
  const groupRoutes: GroupRoute[] = [];
  const backends = new Map<Kind, KindBackend>();
  const groups = new Map<string, ServedGroup>();
  const stopping = new AbortController();
  /** Requests whose answer is to be in CBOR: a watch has to know. */
  const inCbor = new WeakSet<Context>();
  let discovered: ReturnType<typeof aggregated> | undefined;
  let forwardWish: ForwardWish | undefined;
  const openApi = createOpenApi({ groups: () => [...groups.values()], version: build.version });

  function addToGroup(name: string, versions: readonly string[], add: { kind?: Kind; route?: GroupRoute }): void {
    const group = groups.get(name) ?? { name, versions: [], kinds: [], routes: [] };
    groups.set(name, {
      name, versions: [...group.versions, ...versions.filter((version) => !group.versions.includes(version))],
      kinds: add.kind ? [...group.kinds, add.kind] : group.kinds, routes: add.route ? [...group.routes, add.route] : group.routes,
    });
    discovered = undefined;
  }

  function backendOf(kind: Kind): KindBackend {
    let backend = backends.get(kind);
    if (!backend) backends.set(kind, (backend = kind.backend ?? storeBackend(kind)));
    return backend;
  }

  function storeBackend(kind: Kind): KindBackend {
    const deps = { store, clock, secrets, ...(pageBytesMax ? { pageBytesMax } : {}) };
    return forwardWish && kind.folders ? withManagedWrites(kind, createStoreBackend(keepsManaged(kind), deps), forwardWish) : createStoreBackend(kind, deps);
  }

  /** Whatever is thrown becomes a Status. */
  async function answer(ctx: Context, work: () => Promise<Reply>): Promise<Reply> {
    let reply: Reply;
    const wantsCbor = servesCbor && prefersCbor(ctx.headers.accept);
    if (wantsCbor) {
      inCbor.add(ctx);
      ctx.headers.accept = ctx.headers.accept!.replaceAll(/application\/cbor(-seq)?/g, mediaTypeOf.json);
    }
    try {
      if (ctx.method === 'HEAD' || ctx.method === 'OPTIONS') throw methodNotAllowed();
      refuseImpersonation(ctx);
      reply = await (servesCbor && isCbor(ctx.headers['content-type']) ? inJson(ctx).then(work) : work());
    } catch (error) {
      reply = await errorReply(ctx, error);
    }
    if (wantsCbor && reply !== hijacked) reply = await asCbor(reply);
    if (reply !== hijacked) reply.headers['audit-id'] ??= randomUUID();
    return reply;
  }

  /** What follows knows JSON only. */
  async function inJson(ctx: Context): Promise<void> {
    Object.assign(ctx, { rawBody: Buffer.from(await jsonOfCbor(ctx.rawBody)) });
    ctx.headers['content-type'] = mediaTypeOf.json;
  }

  async function asCbor(reply: Reply): Promise<Reply> {
    if (typeof reply.body !== 'string' || reply.headers['content-type'] !== mediaTypeOf.json) return reply;
    return new Reply(reply.status, await cborOf(reply.body), { ...reply.headers, 'content-type': cborMediaType });
  }

  async function errorReply(ctx: Context, error: unknown): Promise<Reply> {
    if (error instanceof InvalidNamespaceError) {
      return jsonReply(JSON.stringify({ extra: null, message: error.message, messageId: 'authn.invalid-namespace', statusCode: 403, traceID: '' }), 403);
    }
    const status = statusOf(error);
    if (!status) {
      log.error('API request failed', { error, method: ctx.method, path: ctx.path });
      return jsonReply(JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'Internal server error', reason: 'InternalError', code: 500 }), 500);
    }
    let format: Format = 'json';
    let unacceptable = false;
    try {
      format = negotiate(ctx.headers.accept).format;
    } catch {
      unacceptable = true;
    }
    const body = JSON.stringify(status);
    if (format === 'yaml') return new Reply(status.code!, await yamlText(body), { 'content-type': mediaTypeOf.yaml });
    if (format === 'protobuf') return new Reply(status.code!, statusProtobuf(status.message ?? '', status.reason ?? '', status.code!), { 'content-type': mediaTypeOf.protobuf });
    return jsonReply(unacceptable || isPretty(ctx.search, ctx.headers['user-agent']) ? JSON.stringify(status, null, 2) : body, status.code!);
  }

  async function respond(ctx: Context, accepted: Accepted, body: string, status = 200, warnings: readonly string[] = []): Promise<Reply> {
    const headers: Record<string, string> = warnings.length > 0 ? { warning: warnings.map((warning) => `299 - ${JSON.stringify(warning)}`).join(', ') } : {};
    if (accepted.format === 'yaml') return new Reply(status, await yamlText(body), { ...headers, 'content-type': mediaTypeOf.yaml });
    const text = isPretty(ctx.search, ctx.headers['user-agent']) ? JSON.stringify(parseExact(body), null, 2) : body;
    return new Reply(status, text, { ...headers, 'content-type': mediaTypeOf.json });
  }

  function noProtobuf(accepted: Accepted, kind: string): void {
    if (accepted.format === 'protobuf') {
      throw new StatusError(406, 'NotAcceptable', `object ${kind} does not implement the protobuf marshalling interface and cannot be encoded to a protobuf message`);
    }
  }

  function respondObject(ctx: Context, kind: Kind, accepted: Accepted, object: ApiObject, status = 200, warnings: readonly string[] = []): Promise<Reply> {
    noProtobuf(accepted, kind.kind);
    const { as } = accepted;
    if (!as) return respond(ctx, accepted, objectText(object), status, warnings);
    switch (as.kind) {
      case 'Table': {
        const metadata = object.metadata.resourceVersion ? { resourceVersion: object.metadata.resourceVersion } : {};
        return respond(ctx, accepted, tableText(kind, [object], metadata, { version: as.version, includeObject: parseIncludeObject(ctx.search) }), status, warnings);
      }
      case 'PartialObjectMetadata': return respond(ctx, accepted, partialText(object, as.version), status, warnings);
      case 'PartialObjectMetadataList': throw wrongTransformation(as.kind, false, `*${object.apiVersion.split('/').at(-1)}.${kind.kind}`);
      default: throw as.kind satisfies never;
    }
  }

  function respondList(ctx: Context, kind: Kind, accepted: Accepted, list: ApiList): Promise<Reply> {
    noProtobuf(accepted, list.kind);
    const { as } = accepted;
    if (!as) {
      const head = `{"kind":${JSON.stringify(list.kind)},"apiVersion":${JSON.stringify(list.apiVersion)},"metadata":${JSON.stringify(list.metadata)},"items":[`;
      return respond(ctx, accepted, `${head}${list.items.map(objectText).join(',')}]}`);
    }
    switch (as.kind) {
      case 'Table': return respond(ctx, accepted, tableText(kind, list.items, list.metadata, { version: as.version, includeObject: parseIncludeObject(ctx.search) }));
      case 'PartialObjectMetadataList': return respond(ctx, accepted, partialListText(list, as.version));
      case 'PartialObjectMetadata': throw wrongTransformation(as.kind, true, `*${list.apiVersion.split('/').at(-1)}.${list.kind}`);
      default: throw as.kind satisfies never;
    }
  }

  /** What can be refused is refused before the first byte is sent. */
  async function streamedList(kind: Kind, version: string, objects: ReturnType<NonNullable<KindBackend['stream']>>): Promise<Reply> {
    const text = listChunks(kind, version, await objects.next(), objects);
    return new Reply(200, Readable.from(text, { objectMode: false, highWaterMark: 65_536 }), { 'content-type': mediaTypeOf.json });
  }

  // Paths that are no resource.

  async function nonResource(ctx: Context, path: string): Promise<void> {
    const attributes: Attributes = { verb: ctx.method.toLowerCase(), group: '', version: '', resource: '', subresource: '', name: '', namespace: '', path };
    await authorize(attributes, ctx.identity, undefined);
  }

  async function discovery(ctx: Context): Promise<Reply> {
    const segments = ctx.path.split('/').filter((segment) => segment !== '').slice(1).map(decodeSegment);
    await nonResource(ctx, ctx.path);
    const group = segments[0] === undefined ? undefined : groups.get(segments[0]);
    if (segments[0] !== undefined && !group) return notFoundText();
    if (segments[1] !== undefined && !group!.versions.includes(segments[1])) throw noSuchResource();
    if (ctx.method !== 'GET') throw methodNotAllowed();
    const accepted = negotiate(ctx.headers.accept, group ? [] : [aggregatedAs]);
    if (accepted.other) return aggregatedReply(ctx);
    const value = !group ? groupList([...groups.values()], address) : segments[1] === undefined ? groupOf(group) : resourceList(group, segments[1]);
    if (accepted.as) throw new StatusError(406, 'NotAcceptable', 'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf');
    if (accepted.format === 'protobuf') return new Reply(200, discoveryProtobuf(value), { 'content-type': mediaTypeOf.protobuf });
    return respond(ctx, accepted, JSON.stringify(value));
  }

  function aggregatedReply(ctx: Context): Reply {
    discovered ??= aggregated([...groups.values()]);
    const headers = { 'content-type': aggregatedMediaType, etag: discovered.etag, vary: 'Accept' };
    return ctx.headers['if-none-match'] === discovered.etag ? new Reply(304, null, headers) : new Reply(200, discovered.text, headers);
  }

  // Resources.

  async function resource(ctx: Context): Promise<Reply> {
    const [, groupName = '', version = '', ...rest] = ctx.path.split('/').filter((segment) => segment !== '').map(decodeSegment);
    // The old watch path is answered with an empty stream.
    if (rest[0] === 'watch' && groups.has(groupName)) return new Reply(200, '', { 'content-type': mediaTypeOf.json });
    const namespaced = rest[0] === 'namespaces';
    const [namespace = '', plural = '', objectName = '', subresource = '', ...below] = namespaced ? rest.slice(1) : ['', ...rest];
    const group = groups.get(groupName);
    const kind = group?.kinds.find((k) => k.plural === plural && k.versions.some((v) => v.name === version));
    const path = decodeURI(ctx.path);
    const verb = verbOf(ctx, objectName !== '');
    // A collection narrowed to one name is as good as that object.
    const name = objectName || selectedName(ctx.search);
    const attributes: Attributes = { verb, group: groupName, version, resource: plural, subresource, name, namespace, path };
    const route = group ? findRoute(group, version, namespaced ? rest.slice(2) : rest, !namespaced) : undefined;
    await authorize(attributes, ctx.identity, route?.authorize ?? kind?.authorize);
    if (!group) return notFoundText();
    if (!group.versions.includes(version) && !route) throw noSuchResource();
    if (route?.cluster) return groupRoute(ctx, await callerOf(ctx, namespaceOf(ctx.identity.orgId)), route, rest);
    if (!route && !kind) throw noSuchResource();
    const caller = await callerOf(ctx, namespace, ctx.method === 'GET' && kind && objectName !== '' ? () => objectNotFound(kind, objectName) : undefined);
    if (route) return groupRoute(ctx, caller, route, rest.slice(2));
    if (subresource !== '') return subresourceReply(ctx, caller, kind!, version, objectName, subresource, below.join('/'), verb);
    return kindReply(ctx, caller, kind!, version, objectName, verb);
  }

  /** `missing`: what is told of an object in a namespace that is none. */
  async function callerOf(ctx: Context, namespace: string, missing?: () => StatusError): Promise<Caller> {
    const orgId = orgIdOf(namespace);
    // Rights hold in one organization: whoever is not in this one has none here, server administrators and anonymous visitors included.
    const known = orgId !== undefined && (orgId === ctx.identity.orgId || ctx.identity.kind === 'nobody');
    if (!known) throw missing && orgId !== undefined ? missing() : badRequest('namespace mismatch');
    return {
      identity: ctx.identity, author: authorOf(ctx.identity), namespace, orgId,
      // Few ask; a signal that follows two others costs as much as the rest of this.
      get signal() {
        return AbortSignal.any([ctx.signal, stopping.signal]);
      },
      agent: (ctx.headers['user-agent'] ?? 'unknown').split('/')[0]!.slice(0, 128) || 'unknown',
    };
  }

  async function kindReply(ctx: Context, caller: Caller, kind: Kind, version: string, name: string, verb: Verb): Promise<Reply> {
    const backend = backendOf(kind);
    const accepted = negotiate(ctx.headers.accept);
    switch (ctx.method) {
      case 'GET': {
        if (name !== '') {
          if (!backend.get) throw methodNotAllowed();
          return respondObject(ctx, kind, accepted, await backend.get({ caller, version, name, search: ctx.search, ...getVersion(ctx.search) }));
        }
        if (verb === 'watch') return watchReply(ctx, caller, kind, version, accepted);
        if (!backend.list) throw methodNotAllowed();
        const request = listRequest(ctx.search, caller, version);
        const long = request.limit > listedAtOnceMax && accepted.format === 'json' && !accepted.as && !inCbor.has(ctx) && !isPretty(ctx.search, ctx.headers['user-agent']);
        return long && backend.stream ? streamedList(kind, version, backend.stream(request)) : respondList(ctx, kind, accepted, await backend.list(request));
      }
      case 'POST': {
        if (name !== '') throw methodNotAllowed();
        return createReply(ctx, caller, kind, version, accepted, backend);
      }
      case 'PUT': {
        if (name === '') throw methodNotAllowed();
        return putReply(ctx, caller, kind, version, name, accepted, '');
      }
      case 'PATCH': {
        if (name === '') throw methodNotAllowed();
        return patchReply(ctx, caller, kind, version, name, accepted, '');
      }
      case 'DELETE': return name === '' ? deleteCollectionReply(ctx, caller, kind, version, accepted, backend) : deleteReply(ctx, caller, kind, version, name, accepted, backend);
      default: throw methodNotAllowed();
    }
  }

  async function createReply(ctx: Context, caller: Caller, kind: Kind, version: string, accepted: Accepted, backend: KindBackend): Promise<Reply> {
    if (!kind.verbs.includes('create')) throw methodNotAllowed();
    const options = writeOptions(ctx.search, 'CreateOptions');
    const { value, ...how } = await decodeBody(ctx.rawBody, ctx.headers['content-type'], kind.kind);
    const { object, warnings } = decodeObjectOf(value as Record<string, unknown>, { kind, version, validation: options.fieldValidation, ...how });
    const meta = object.metadata;
    placeIn(caller, meta);
    // What is listed and yet not to be had is known to the store alone: whoever sends nonsense hears of that first.
    if (!backend.create) throw verbNotSupported(kind, 'create');
    if (kind.namesItself) {
      if (meta.name) throw badRequest("object's metadata.name should be empty");
      checkMetadata(kind, meta);
      return respondObject(ctx, kind, accepted, await backend.create({ ...options, caller, version, object }), 201, warnings);
    }
    if (!meta.name && !meta.generateName) throw namelessError(kind);
    const prefix = meta.name ? '' : meta.generateName!;
    if (!meta.name) meta.name = generatedName(prefix);
    checkName(kind, meta.name, prefix);
    checkMetadata(kind, meta);
    const created = await backend.create({ ...options, caller, version, object });
    return respondObject(ctx, kind, accepted, created, 201, warnings);
  }

  async function putReply(ctx: Context, caller: Caller, kind: Kind, version: string, name: string, accepted: Accepted, subresource: string): Promise<Reply> {
    const backend = backendOf(kind);
    if (!kind.verbs.includes('update')) throw methodNotAllowed();
    const options = writeOptions(ctx.search, 'UpdateOptions');
    const { value, ...how } = await decodeBody(ctx.rawBody, ctx.headers['content-type'], kind.kind);
    const { object, warnings } = decodeObjectOf(value as Record<string, unknown>, { kind, version, validation: options.fieldValidation, ...how });
    const meta = object.metadata;
    checkNamed(meta, name);
    placeIn(caller, meta);
    if (!backend.update) throw verbNotSupported(kind, 'update');
    checkName(kind, name);
    checkMetadata(kind, meta);
    const { object: stored, created } = await backend.update({
      ...options, caller, version, name, subresource, retries: meta.resourceVersion ? 0 : conflictRetries,
      // Admission may change what it is given, so a second try begins with what came in.
      change: retryable(object, async () => {
        const again = await decodeBody(ctx.rawBody, ctx.headers['content-type'], kind.kind);
        const fresh = decodeObjectOf(again.value as Record<string, unknown>, { kind, version, validation: 'Ignore' }).object;
        placeIn(caller, fresh.metadata);
        return fresh;
      }),
    });
    return respondObject(ctx, kind, accepted, stored, created ? 201 : 200, warnings);
  }

  async function patchReply(ctx: Context, caller: Caller, kind: Kind, version: string, name: string, accepted: Accepted, subresource: string): Promise<Reply> {
    const backend = backendOf(kind);
    if (!kind.verbs.includes('patch')) throw methodNotAllowed();
    const type = (ctx.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
    const apply = type === 'application/apply-patch+yaml';
    if (!apply && !patchTypes.has(type)) throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
    if (kind.mergesStrategically === false && type === 'application/strategic-merge-patch+json') {
      // Compat: the reference answers 500 with this message.
      throw new StatusError(400, 'BadRequest', `no kind "${kind.kind}" is registered for the internal version of group "${kind.group}"`, {});
    }
    const options = writeOptions(ctx.search, 'PatchOptions', apply);
    if (!backend.update) throw verbNotSupported(kind, 'update');
    checkName(kind, name);
    if (apply) return applyReply(ctx, caller, kind, version, name, accepted, subresource, options, backend);
    const patchText = ctx.rawBody.toString('utf8');
    const patch = parsePatch(patchText);
    const operations = type === 'application/json-patch+json' ? checkOperations(patch) : undefined;
    if (!operations && !isObject(patch)) throw badRequest('error decoding patch: the patch is not an object');
    const merge = type === 'application/strategic-merge-patch+json' ? strategicMergePatch : mergePatch;
    const problems = options.fieldValidation === 'Ignore' ? [] : patchProblems(patchText, operations);
    let warnings: readonly string[] = [];
    const { object, created } = await backend.update({
      ...options, caller, version, name, subresource, retries: conflictRetries,
      change(current) {
        if (!current) throw objectNotFound(kind, name);
        const before = plain(current);
        const value = operations ? jsonPatch(before, operations) : (merge(before, patch as Record<string, unknown>) as Record<string, unknown>);
        const changed = decodePatched(value, kind, version, name, caller, options, { problems, shown: () => (merge === strategicMergePatch ? shownValue(patch) : JSON.stringify(value)) });
        warnings = changed.warnings;
        // The version in a patched object is the current one, unless the patch names another.
        if (changed.object.metadata.resourceVersion === current.metadata.resourceVersion) changed.object.metadata.resourceVersion = undefined;
        return changed.object;
      },
    });
    return respondObject(ctx, kind, accepted, object, created ? 201 : 200, warnings);
  }

  async function applyReply(
    ctx: Context, caller: Caller, kind: Kind, version: string, name: string, accepted: Accepted, subresource: string, options: WriteOptions, backend: KindBackend,
  ): Promise<Reply> {
    const { config, duplicates } = await decodeApplied(ctx.rawBody);
    if (config['kind'] !== kind.kind || config['apiVersion'] !== apiVersionOf(kind, version)) throw badRequest(`invalid object type: ${shownType(config)}`);
    const force = truthy(ctx.search.get('force'));
    const meta = objectOf(config['metadata']) as ObjectMeta;
    if (meta.managedFields) throw badRequest('metadata.managedFields must be nil');
    checkApplied(config, kind, version, name, caller);
    if (duplicates && options.fieldValidation === 'Strict') throw badRequest(`error strict decoding YAML: ${duplicates}`);
    const { kind: _, apiVersion: __, metadata: ___, status: ____, secure, ...rest } = config;
    const owned: Record<string, unknown> = { ...rest };
    const ownedMeta = ownedMetadata(meta);
    if (Object.keys(ownedMeta).length > 0) owned['metadata'] = ownedMeta;
    let warnings: readonly string[] = [];
    const { object, created } = await backend.update!({
      ...options, applied: true, caller, version, name, subresource, retries: conflictRetries,
      change(current) {
        const live: Record<string, unknown> = current ? plain(current) : { metadata: {} };
        live['metadata'] = { ...objectOf(live['metadata']), ...ownedMetadata(live['metadata'] as ObjectMeta) };
        const applied = applyConfig(current?.metadata.managedFields ?? [], owned, live, {
          manager: options.fieldManager, apiVersion: apiVersionOf(kind, version), time: new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'), structs: applyStructs,
        }, force);
        if (applied.conflicts.length > 0 && !force) throw applyConflict(applied.conflicts);
        if (!current && meta.uid) throw conflict(kind, name, `uid mismatch: the provided object specified uid ${meta.uid}, and no existing object was found`);
        const value: Record<string, unknown> = { ...applied.object, ...(secure === undefined ? {} : { secure }), apiVersion: config['apiVersion'], kind: config['kind'] };
        const { resourceVersion = '', uid = current?.metadata.uid, name: named = current?.metadata.name, namespace = caller.namespace } = meta;
        value['metadata'] = JSON.parse(JSON.stringify({ ...listedMetadata(objectOf(value['metadata'])), name: named, namespace, uid, resourceVersion, managedFields: undefined }));
        const changed = decodePatched(value, kind, version, name, caller, options, { problems: duplicates ? [duplicates] : [], shown: () => JSON.stringify(value) });
        warnings = changed.warnings;
        changed.object.metadata.managedFields = applied.managedFields;
        return changed.object;
      },
    });
    return respondObject(ctx, kind, accepted, object, created ? 201 : 200, warnings);
  }

  async function deleteReply(ctx: Context, caller: Caller, kind: Kind, version: string, name: string, accepted: Accepted, backend: KindBackend): Promise<Reply> {
    if (!kind.verbs.includes('delete')) throw methodNotAllowed();
    const options = await deleteOptions(ctx);
    if (!backend.delete) throw verbNotSupported(kind, 'delete');
    const { object, answer: form } = await backend.delete({ caller, version, name, ...options });
    if (form === 'object') return respondObject(ctx, kind, accepted, object);
    return respond(ctx, { format: accepted.format === 'yaml' ? 'yaml' : 'json' }, JSON.stringify(typeof form === 'object' ? form.status : {
      kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details: { name, group: kind.group, kind: kind.plural, uid: object.metadata.uid },
    }));
  }

  async function deleteCollectionReply(ctx: Context, caller: Caller, kind: Kind, version: string, accepted: Accepted, backend: KindBackend): Promise<Reply> {
    if (!kind.verbs.includes('deletecollection')) throw methodNotAllowed();
    const { dryRun } = await deleteOptions(ctx);
    if (!backend.deleteCollection) throw verbNotSupported(kind, 'deleteCollection');
    return respondList(ctx, kind, accepted, await backend.deleteCollection({ ...listRequest(ctx.search, caller, version), dryRun }));
  }

  async function watchReply(ctx: Context, caller: Caller, kind: Kind, version: string, accepted: Accepted): Promise<Reply> {
    const backend = backendOf(kind);
    if (!backend.watch) throw verbNotSupported(kind, 'watch');
    if (accepted.format !== 'json') throw new StatusError(406, 'NotAcceptable', `only the following media types are accepted: application/json`);
    const text = ctx.search.get('resourceVersion') ?? '';
    if (text !== '' && !versionPattern.test(text)) return new Reply(200, '', { 'content-type': mediaTypeOf.json });
    const request = listRequest(ctx.search, caller, version, true);
    checkFields(kind, request.fields, version);
    const wish = ctx.search.get('sendInitialEvents');
    const fresh = text === '' || text === '0';
    const initialEvents = wish === null ? fresh : truthy(wish);
    const seconds = Number(ctx.search.get('timeoutSeconds') ?? 0);
    const stop = AbortSignal.any([caller.signal, AbortSignal.timeout(Math.round(seconds > 0 ? Math.min(seconds * 1000, watchMsMin * 2) : watchMsMin * (1 + Math.random())))]);
    const events = backend.watch({
      ...request, caller: { ...caller, signal: stop }, ...(fresh || wish !== null && initialEvents ? { resourceVersion: undefined } : {}),
      initialEvents, initialBookmark: initialEvents && truthy(ctx.search.get('allowWatchBookmarks')),
    });
    void stream(ctx.raw.res, kind, accepted, ctx.search, events, stop, inCbor.has(ctx));
    return hijacked;
  }

  async function stream(res: ServerResponse, kind: Kind, accepted: Accepted, search: URLSearchParams, events: AsyncIterable<{ type: string; object: ApiObject }>, stop: AbortSignal, cbor: boolean): Promise<void> {
    res.writeHead(200, { 'content-type': cbor ? cborSequenceMediaType : mediaTypeOf.json, 'cache-control': 'no-store', 'audit-id': randomUUID() });
    res.flushHeaders();
    let first = true;
    try {
      const includeObject = parseIncludeObject(search);
      for await (const { type, object } of events) {
        if (stop.aborted) break;
        const shown = !accepted.as ? objectText(object)
          : accepted.as.kind === 'Table' ? tableText(kind, [object], { resourceVersion: object.metadata.resourceVersion }, { version: accepted.as.version, includeObject, columns: first })
          : partialText(object, accepted.as.version);
        first = false;
        const event = `{"type":"${type}","object":${shown}}`;
        if (!res.write(cbor ? await cborOf(event) : `${event}\n`)) await drained(res, stop);
      }
    } catch (error) {
      const status = statusOf(error) ?? { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'Internal server error', reason: 'InternalError', code: 500 };
      if (status.code === 500) log.error('Watch failed', { error, group: kind.group, kind: kind.kind });
      const event = `{"type":"ERROR","object":${JSON.stringify(status)}}`;
      if (!res.destroyed) res.write(cbor ? await cborOf(event) : `${event}\n`);
    } finally {
      res.end();
    }
  }

  async function subresourceReply(ctx: Context, caller: Caller, kind: Kind, version: string, name: string, wanted: string, rest: string, verb: Verb): Promise<Reply> {
    const subresource = kind.subresources?.find((sub) => sub.name === wanted && (!sub.versions || sub.versions.includes(version)));
    if (!subresource && wanted === 'restore' && rest === '') return restoreReply(ctx, caller, kind, version, name);
    if (!subresource) throw noSuchResource();
    const asked = methodVerbs[ctx.method];
    if (!asked || !subresource.verbs.includes(asked)) throw methodNotAllowed();
    const accepted = negotiate(ctx.headers.accept, [], true);
    const answered = await subresource.handle({
      caller, version, name, verb, search: ctx.search, rest, rawBody: ctx.rawBody, contentType: ctx.headers['content-type'] ?? '', kind,
      headers: ctx.headers, endsInSlash: ctx.path.endsWith('/'),
    });
    if (answered instanceof Reply) return answered;
    return respond(ctx, accepted, isApiObject(answered) ? objectText(answered) : JSON.stringify(answered));
  }

  /** What the reference has not: discovery keeps silent about it. */
  async function restoreReply(ctx: Context, caller: Caller, kind: Kind, version: string, name: string): Promise<Reply> {
    const backend = backendOf(kind);
    if (!backend.restore) throw noSuchResource();
    if (ctx.method !== 'POST') throw methodNotAllowed();
    const accepted = negotiate(ctx.headers.accept);
    const { dryRun } = writeOptions(ctx.search, 'CreateOptions');
    return respondObject(ctx, kind, accepted, await backend.restore({ caller, version, name, dryRun }), 201);
  }

  async function groupRoute(ctx: Context, caller: Caller, route: GroupRoute, segments: readonly string[]): Promise<Reply> {
    if (!route.methods.includes(ctx.method as 'GET')) throw methodNotAllowed();
    const fixed = route.path.split('/').filter((part) => part !== '*').length;
    const answered = await route.handle({ caller, method: ctx.method, rest: segments.slice(fixed).join('/'), search: ctx.search, rawBody: ctx.rawBody, headers: ctx.headers });
    if (answered instanceof Reply) return answered;
    return respond(ctx, { format: 'json' }, JSON.stringify(answered));
  }

  return {
    register(...more) {
      for (const kind of more) {
        kinds.push(kind);
        addToGroup(kind.group, kind.versions.map((v) => v.name), { kind });
      }
    },
    registerRoutes(...more) {
      for (const route of more) {
        groupRoutes.push(route);
        addToGroup(route.group, route.unlisted ? [] : [route.version], { route });
      }
    },
    backendOf,
    kindOf: ({ group, resource: plural }) => kinds.find((kind) => kind.group === group && kind.plural === plural),
    manageByFiles(forward) {
      forwardWish = forward;
      backends.clear();
    },
    close: () => stopping.abort(new Error('the server stops')),
    routes(routes) {
      const options = { access: signedIn, rawBody: true as const, bodyTooLarge, tag: 'apis' };
      for (const path of ['/apis', '/apis/:group', '/apis/:group/:version']) routes.on(methods, path, { ...options, name: `apis${path.slice(5).replaceAll('/:', '_')}` }, (ctx) => answer(ctx, () => discovery(ctx)));
      routes.on(methods, '/apis/*', { ...options, name: 'apis_resource' }, (ctx) => answer(ctx, () => resource(ctx)));
      for (const route of groupRoutes.filter((r) => r.anyone)) {
        routes.on(methods, `/apis/${route.group}/${route.version}/namespaces/:namespace/${route.path}`,
          { ...options, access: anyone('answers what every visitor may know; the handler looks at who asks'), name: `${route.group}_${route.path}` }, (ctx) => answer(ctx, () => resource(ctx)));
      }
      routes.on(methods, '/openapi/v3', { ...options, name: 'openapi_v3' }, (ctx) => answer(ctx, async () => {
        await nonResource(ctx, ctx.path);
        return openApi.index();
      }));
      routes.on(methods, '/openapi/v3/*', { ...options, name: 'openapi_v3_document' }, (ctx) => answer(ctx, async () => {
        await nonResource(ctx, ctx.path);
        return openApi.document(ctx, ctx.params['*'] ?? '');
      }));
      routes.on(methods, '/openapi/v2', { ...options, name: 'openapi_v2' }, (ctx) => answer(ctx, async () => {
        await nonResource(ctx, ctx.path);
        return openApi.version2();
      }));
      routes.on(methods, '/version', { ...options, name: 'version' }, (ctx) => answer(ctx, async () => {
        await nonResource(ctx, ctx.path);
        if (ctx.method !== 'GET') throw methodNotAllowed();
        return respond(ctx, { format: 'json' }, JSON.stringify(versionInfo(build)));
      }));
      for (const probe of ['livez', 'readyz'] as const) {
        for (const path of [`/${probe}`, `/${probe}/*`]) routes.on(methods, path, { ...options, name: probe }, (ctx) => answer(ctx, () => health(ctx, probe, ctx.params['*'] ?? '')));
      }
      // `/healthz` itself is answered before authentication, by the health routes.
      routes.on(methods, '/healthz/*', { ...options, name: 'healthz_check' }, (ctx) => answer(ctx, () => health(ctx, 'healthz', ctx.params['*'] ?? '')));
    },
  };

  async function health(ctx: Context, probe: 'livez' | 'readyz' | 'healthz', check: string): Promise<Reply> {
    await nonResource(ctx, ctx.path);
    const text = healthText(probe, check, { verbose: ctx.search.has('verbose'), exclude: ctx.search.getAll('exclude') });
    return text === undefined ? notFoundText() : new Reply(200, text, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
  }

  function findRoute(group: ServedGroup, version: string, segments: readonly string[], cluster: boolean): GroupRoute | undefined {
    return group.routes.find((route) => {
      if (route.version !== version || (route.cluster ?? false) !== cluster) return false;
      const parts = route.path.split('/');
      if (parts.at(-1) === '*') return segments.length >= parts.length && parts.slice(0, -1).every((part, i) => segments[i] === part);
      return segments.length === parts.length && parts.every((part, i) => segments[i] === part);
    });
  }
}

/** Metadata come last: where a page ends is known when it is read. */
async function* listChunks(
  kind: Kind, version: string, first: IteratorResult<readonly ApiObject[], ApiList['metadata']>, objects: AsyncGenerator<readonly ApiObject[], ApiList['metadata'], undefined>,
): AsyncGenerator<Buffer> {
  let lead = `{"kind":${JSON.stringify(listKindOf(kind))},"apiVersion":${JSON.stringify(apiVersionOf(kind, version))},"items":[`;
  try {
    let page = first;
    for (; !page.done; page = await objects.next()) {
      for (const object of page.value) {
        yield Buffer.from(lead + objectText(object));
        lead = ',';
      }
    }
    yield Buffer.from(`${lead === ',' ? '' : lead}],"metadata":${JSON.stringify(page.value)}}`);
  } finally {
    // Whoever stops reading ends the reading of the store.
    await objects.return({});
  }
}

const patchTypes = new Set(['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json']);
const methodVerbs: Record<string, Verb> = { GET: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
const applyStructs: ReadonlySet<string> = new Set(['metadata', 'spec']);
const isApiObject = (value: object): value is ApiObject => 'metadata' in value && 'kind' in value && 'apiVersion' in value && ('specText' in value || 'spec' in value);
const isCbor = (contentType: string | undefined) => (contentType ?? '').split(';')[0]!.trim() === cborMediaType;
const jsonReply = (body: string, status: number) => new Reply(status, body, { 'content-type': mediaTypeOf.json });
const notFoundText = () => new Reply(404, '404 page not found\n', { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });

function decodeSegment(segment: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(segment);
  } catch {
    throw badRequest('the path is not valid');
  }
  if (decoded.includes('\0')) throw badRequest('the path is not valid');
  return decoded;
}

function verbOf(ctx: Context, named: boolean): Verb {
  if (ctx.method === 'GET') return named ? 'get' : ctx.search.has('watch') && truthy(ctx.search.get('watch')) ? 'watch' : 'list';
  if (ctx.method === 'DELETE') return named ? 'delete' : 'deletecollection';
  return methodVerbs[ctx.method] ?? 'get';
}

function selectedName(search: URLSearchParams): string {
  return /(?:^|,)metadata\.name==?([^,=!]+)(?:,|$)/.exec(search.get('fieldSelector') ?? '')?.[1] ?? '';
}

function retryable<T>(first: T, again: () => Promise<T>): () => T | Promise<T> {
  let fresh = true;
  return () => {
    if (!fresh) return again();
    fresh = false;
    return first;
  };
}

function namelessError(kind: Kind): StatusError {
  const error = invalid(kind, '', [causes.required('metadata.name', 'name or generateName is required')]);
  return kind.tellsPlainly ? new StatusError(error.code, '', error.message) : error;
}

/** Nobody acts as another here. */
function refuseImpersonation({ headers, identity }: Context): void {
  const user = headers['impersonate-user'];
  if (user) throw impersonation(String(user), identity);
  const others = Object.keys(headers).filter((name) => name === 'impersonate-group' || name === 'impersonate-uid' || name.startsWith('impersonate-extra-'));
  if (others.length > 0) throw badRequest(`requested ${others.join(', ')} without impersonating a user`);
}

function drained(res: ServerResponse, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      res.off('drain', done);
      res.off('close', done);
      stop.removeEventListener('abort', done);
      resolve();
    };
    res.once('drain', done);
    res.once('close', done);
    stop.addEventListener('abort', done, { once: true });
  });
}

function statusProtobuf(message: string, reason: string, code: number): Buffer {
  const failure = Buffer.concat([Buffer.from([0x0a, 0x00]), text(2, 'Failure'), text(3, message), text(4, reason), number(6, code)]);
  return envelope('v1', 'Status', failure);
}

