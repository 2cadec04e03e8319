/** The verbs of a kind that lives in the resource store (apiserver-and-storage §3.3, §4). */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../infra/clock.ts';
import type { Secrets } from '../infra/secrets/secrets.ts';
import { rfc3339 } from '../storage/resource-changes.ts';
import { ResourceStoreError, type ResourceKey, type ResourceStore, type ResourceType, type ResourceWrite, type StoredResource } from '../storage/resource-store.ts';
import { legacyIdLabel, metaOf, specOf, type ApiList, type ApiObject, type ManagedFieldsEntry, type ObjectMeta } from './api-object.ts';
import { bareForbidden } from './authorizer.ts';
import { decodeTyped, isReset } from './decode.ts';
import { apiVersionOf, listKindOf, type Caller, type CreateRequest, type GetRequest, type Kind, type KindBackend, type ListRequest, type RestoreRequest, type UpdateRequest, type WatchEvent, type WatchRequest, type WriteOptions } from './kind.ts';
import { afterUpdate, ownedMetadata } from './managed-fields.ts';
import { repositoryAuthor } from './managed-writes.ts';
import { settleSecure, shownSecure } from './secure-values.ts';
import { pageBytesDefault } from '../setting/unified-storage-settings.ts';
import { sameJson } from '../util/json-text.ts';
import { labelsMatch, type FieldRequirement, type LabelRequirement } from './selectors.ts';
import { alreadyExists, badRequest, causes, conflict, invalid, objectNotFound, preconditionFailed, StatusError } from './status.ts';

export interface StoreBackendDeps {
  readonly store: ResourceStore;
  readonly clock: Pick<Clock, 'now'>;
  /** For the secrets that objects bring along. */
  readonly secrets: Pick<Secrets, 'encryptText'>;
  /** A page of a list ends once its specs are this long. */
  readonly pageBytesMax?: number;
}

const limitDefault = 500;
/** What lists show of a title; the spec has it whole. */
const titleLengthMax = 5_000;
/** Objects that a streamed list reads, and holds, at a time. */
const streamedAtOnce = 100;
const historyLabel = 'grafana.app/get-history';
const trashLabel = 'grafana.app/get-trash';
const pathLabel = 'grafana.app/fullpath';
const commandLabels = [historyLabel, trashLabel, pathLabel];
const folderAnnotation = 'grafana.app/folder';
const grantAnnotation = 'grafana.app/grant-permissions';
/** Whoever makes an object anew says nothing of who made it before. */
const serverAnnotations = ['grafana.app/createdBy', 'grafana.app/updatedBy', 'grafana.app/updatedTimestamp'];

export function createStoreBackend(kind: Kind, { store, clock, secrets, pageBytesMax = pageBytesDefault }: StoreBackendDeps): KindBackend {
  const type: ResourceType = { group: kind.group, resource: kind.plural };
  const hooks = kind.hooks ?? {};
  const keyOf = (caller: Caller, name: string): ResourceKey => ({ ...type, namespace: caller.namespace, name });
  const structs: ReadonlySet<string> = new Set(['metadata', 'spec', 'status', ...(kind.structs ?? [])]);

  function present(stored: StoredResource, version: string): ApiObject {
    const converted = hooks.present?.(stored, version);
    const statusText = converted?.statusText ?? (kind.hasStatus ? stored.status || '{}' : stored.status || undefined);
    return {
      kind: kind.kind, apiVersion: apiVersionOf(kind, version), metadata: metaOf(stored, kind), specText: converted?.specText ?? stored.spec,
      ...(statusText === undefined ? {} : { statusText }), ...moreOf(stored, converted?.more),
    };
  }

  function moreOf({ secure }: StoredResource, more: ApiObject['more']): Pick<ApiObject, 'more'> {
    return more || secure !== '' ? { more: { ...more, secure: shownSecure(secure) } } : {};
  }

  /** JSON text of the secure values to store with an object; what a dry run would leave is encrypted for nothing. */
  const secureOf = ({ metadata, more }: ApiObject, stored = '') => (!kind.securesValues ? Promise.resolve('') : settleSecure({
    kind, name: metadata.name ?? '', sent: more?.['secure'], stored, encrypt: (plain) => secrets.encryptText(plain),
  }));

  async function read(caller: Caller, name: string, at?: number): Promise<StoredResource> {
    const key = keyOf(caller, name);
    const stored = at === undefined || at === 0 ? await store.get(key) : (await store.history(key, { limit: 1, beforeResourceVersion: at + 1, includeDeleted: true }))[0];
    if (!stored || stored.deleted) throw objectNotFound(kind, name);
    if (hooks.mayRead && !(await hooks.mayRead(caller, stored))) throw bareForbidden();
    return stored;
  }

  async function list(wish: ListRequest): Promise<ApiList> {
    const request = withoutPathLabel(wish);
    const command = commandOf(request.labels);
    checkFields(kind, request.fields, request.version);
    if (command) return command === historyLabel ? history(request) : trash(request);
    const { caller, version } = request;
    const name = equalTo(request.fields, 'metadata.name');
    const mayList = await hooks.listFilter?.(caller);
    const wanted = (stored: StoredResource) => (!mayList || mayList(stored)) && matches(stored, request, version);
    if (name !== undefined) {
      const stored = await store.get(keyOf(caller, name));
      const shown = stored && wanted(stored) ? [stored] : [];
      return answer(request, shown, stored ? stored.resourceVersion : 0, '');
    }
    const page = await store.list(type, {
      namespace: caller.namespace, limit: request.limit > 0 ? request.limit : limitDefault, bytesMax: pageBytesMax,
      ...(request.continueToken ? { continueToken: request.continueToken } : {}),
    });
    return answer(request, page.items.filter(wanted), page.resourceVersion, page.continueToken);
  }

  /** What is asked for by name, by version or of the past is never long. */
  const isShort = ({ labels, fields, resourceVersionMatch }: ListRequest) =>
    resourceVersionMatch === 'Exact' || commandOf(labels) !== undefined || equalTo(fields, 'metadata.name') !== undefined;

  async function* stream(wish: ListRequest): AsyncGenerator<readonly ApiObject[], ApiList['metadata'], undefined> {
    const request = withoutPathLabel(wish);
    if (isShort(request)) {
      const { items, metadata } = await list(request);
      yield items;
      return metadata;
    }
    const { caller, version } = request;
    checkFields(kind, request.fields, version);
    const mayList = await hooks.listFilter?.(caller);
    let { continueToken } = request;
    let left = request.limit > 0 ? request.limit : limitDefault;
    let bytesLeft = pageBytesMax;
    for (;;) {
      const page = await store.list(type, { namespace: caller.namespace, limit: Math.min(streamedAtOnce, left), bytesMax: bytesLeft, ...(continueToken ? { continueToken } : {}) });
      left -= page.items.length;
      for (const { spec } of page.items) bytesLeft -= spec.length;
      ({ continueToken } = page);
      const { items, metadata } = answer(request, page.items.filter((stored) => (!mayList || mayList(stored)) && matches(stored, request, version)), page.resourceVersion, continueToken);
      yield items;
      if (continueToken === '' || left <= 0 || bytesLeft <= 0) return metadata;
    }
  }

  function answer(request: ListRequest & { readonly showsPath?: boolean }, items: readonly StoredResource[], resourceVersion: number, continueToken: string): ApiList {
    const at = request.resourceVersion ?? 0;
    const exact = request.resourceVersionMatch === 'Exact' && at > 0;
    const shown = exact ? items.filter((stored) => stored.resourceVersion === at) : items;
    return {
      kind: listKindOf(kind), apiVersion: apiVersionOf(kind, request.version),
      metadata: { resourceVersion: String(at > resourceVersion || exact ? at : Math.max(resourceVersion, 1)), ...(continueToken ? { continue: continueToken } : {}) },
      items: shown.map((stored) => listed(stored, kind.listKeepsVersion ? stored.apiVersion : request.version, request)),
    };
  }

  function listed(stored: StoredResource, version: string, { showsPath }: { readonly showsPath?: boolean }): ApiObject {
    const object = present(stored, version);
    if (!showsPath || !hooks.fullPath) return object;
    return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...hooks.fullPath(stored) } } };
  }

  function matches(stored: StoredResource, { labels, fields }: Pick<ListRequest, 'labels' | 'fields'>, version: string): boolean {
    if (labels.length > 0 && !labelsMatch(labels, kind.legacyIds ? { ...stored.labels, [legacyIdLabel]: String(stored.legacyId) } : stored.labels)) return false;
    return fields.every(({ field, operator, value }) => {
      const is = field === 'metadata.name' ? stored.name : field === 'metadata.namespace' ? stored.namespace : kind.selectableFields?.[field]?.(present(stored, version)) ?? '';
      return (is === value) === (operator === '=');
    });
  }

  /**
   * Versions of one object since it was last deleted, newest first: before the version that is asked for; `NotOlderThan`: from that one on, oldest first; `Exact`: that one alone, however old.
   */
  async function history(request: ListRequest): Promise<ApiList> {
    const name = equalTo(request.fields, 'metadata.name');
    if (name === undefined) throw badRequest('metadata.name field selector required for history requests');
    const { resourceVersion: at = 0, resourceVersionMatch: match } = request;
    const key = keyOf(request.caller, name);
    const limit = request.limit > 0 ? request.limit : limitDefault;
    const newest = await store.currentVersion(type);
    const mayList = await hooks.listFilter?.(request.caller);
    const wanted = (stored: StoredResource) => !stored.deleted && (!mayList || mayList(stored));
    const told = (items: readonly StoredResource[], next?: HistoryPlace) => answer({ ...request, resourceVersionMatch: undefined }, items, newest, next ? encodePlace(next) : '');
    const place = request.continueToken ? decodePlace(request.continueToken) : {};
    if (match === 'Exact') return told((await store.history(key, { limit: 1, beforeResourceVersion: at + 1, includeDeleted: true })).filter((stored) => stored.resourceVersion === at && wanted(stored)));
    // A page that goes on says so by its token alone.
    const from = match === 'NotOlderThan' ? at : place.from;
    if (from !== undefined) {
      const later = (await store.history(key)).filter((stored) => stored.resourceVersion >= from && wanted(stored)).toReversed();
      return told(later.slice(0, limit), later.length > limit ? { from: later[limit]!.resourceVersion } : undefined);
    }
    const found: StoredResource[] = [];
    // A version that may not be seen takes no place in the page.
    for (let before = place.before ?? (at > 0 ? at : undefined); ;) {
      const rows = await store.history(key, { limit: limit + 1, ...(before ? { beforeResourceVersion: before } : {}) });
      found.push(...rows.filter(wanted));
      if (found.length > limit || rows.length <= limit) break;
      before = rows.at(-1)!.resourceVersion;
    }
    const page = found.slice(0, limit);
    return told(page, found.length > limit ? { before: page.at(-1)!.resourceVersion } : undefined);
  }

  /** Objects that are no more: shown to whoever deleted them and to administrators. */
  async function trash(request: ListRequest): Promise<ApiList> {
    const { caller } = request;
    const name = equalTo(request.fields, 'metadata.name');
    if (name !== undefined) {
      const [last] = await store.history(keyOf(caller, name), { limit: 1, includeDeleted: true });
      return answer(request, last?.deleted && isShownInTrash(caller, last) ? [last] : [], await store.currentVersion(type), '');
    }
    const page = await store.trash(type, caller.namespace, { limit: request.limit > 0 ? request.limit : limitDefault, ...(request.continueToken ? { continueToken: request.continueToken } : {}) });
    return answer(request, page.items.filter((stored) => isShownInTrash(caller, stored)), page.resourceVersion, page.continueToken);
  }

  const isShownInTrash = ({ identity, author }: Caller, stored: StoredResource) =>
    (identity.isGrafanaAdmin || identity.orgRole === 'Admin' || stored.updatedBy === author) && stored.annotations['grafana.app/managedBy'] === undefined;

  /** As if it were posted again; what lay in a folder that is gone too comes back at the root. */
  async function restore(request: RestoreRequest): Promise<ApiObject> {
    const { caller, name, version, dryRun } = request;
    const key = keyOf(caller, name);
    if (await store.get(key)) throw hooks.exists?.(name) ?? alreadyExists(kind, name);
    const [last] = await store.history(key, { limit: 1, includeDeleted: true });
    if (!last?.deleted || !isShownInTrash(caller, last)) throw objectNotFound(kind, name);
    if (hooks.restore && !dryRun) {
      await hooks.restore(caller, name);
      return present(await read(caller, name), version);
    }
    const { labels, annotations = {} } = metaOf(last, kind);
    const { [folderAnnotation]: folder, ...others } = Object.fromEntries(Object.entries(annotations).filter(([annotation]) => !serverAnnotations.includes(annotation)));
    // Its permissions went with it; at the root it inherits none.
    const atRoot = (kept: Record<string, string>) => kind.folders === true && !kept[folderAnnotation];
    const again = (kept: Record<string, string>) => create({
      caller, version: last.apiVersion, dryRun, fieldManager: '', fieldValidation: 'Ignore',
      object: { kind: kind.kind, apiVersion: apiVersionOf(kind, last.apiVersion), metadata: { name, namespace: caller.namespace, labels, annotations: atRoot(kept) ? { ...kept, [grantAnnotation]: 'default' } : kept }, specText: last.spec },
    });
    try {
      await again(folder ? { ...others, [folderAnnotation]: folder } : others);
    } catch (error) {
      if (!folder || !(error instanceof StatusError) || error.code !== 404 || error.details?.kind !== 'folders') throw error;
      await again(others);
    }
    return present(dryRun ? last : await read(caller, name), version);
  }

  async function create(request: CreateRequest): Promise<ApiObject> {
    const { caller, object, dryRun, version } = request;
    const name = object.metadata.name!;
    if (object.metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
    checkRules(object.metadata, caller);
    const managedFields = manage(request, object, undefined, sentEntries(object.metadata) ?? []);
    const secure = await secureOf(object);
    const { status: _, statusText: __, ...sent } = object;
    const admitted = (await hooks.admit?.({ ...request, operation: 'create', object: sent })) ?? sent;
    const existing = await store.get(keyOf(caller, name));
    if (existing) throw hooks.exists?.(name) ?? alreadyExists(kind, name);
    if (dryRun) return dry(admitted, managedFields, version, undefined, secure);
    const stored = await store.create({ ...writeOf(caller, admitted, version, managedFields), secure });
    await hooks.created?.(caller, stored, object);
    return present(stored, version);
  }

  /** What would have been stored. */
  function dry(object: ApiObject, managedFields: ManagedFieldsEntry[], version: string, previous: StoredResource | undefined, secure: string): ApiObject {
    const meta = object.metadata;
    return {
      kind: kind.kind, apiVersion: apiVersionOf(kind, version), spec: object.spec, ...(object.specText === undefined ? {} : { specText: object.specText }),
      ...(kind.hasStatus ? { status: JSON.parse(previous?.status || kind.newStatus || '{}') } : {}), ...(secure === '' ? {} : { more: { secure: shownSecure(secure) } }),
      metadata: {
        name: meta.name, namespace: meta.namespace, generateName: meta.generateName, labels: meta.labels, annotations: meta.annotations, ownerReferences: meta.ownerReferences,
        finalizers: meta.finalizers, managedFields,
        uid: previous?.uid ?? randomUUID(), creationTimestamp: rfc3339(previous?.created ?? clock.now()),
        ...(previous ? { resourceVersion: String(previous.resourceVersion), generation: previous.generation } : kind.legacyIds ? { generation: 1 } : {}),
      },
    };
  }

  async function update(request: UpdateRequest): Promise<{ object: ApiObject; created: boolean }> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await updateOnce(request);
      } catch (error) {
        const lost = error instanceof ResourceStoreError && (error.kind === 'conflict' || error.kind === 'already-exists');
        if (!lost || attempt >= request.retries) throw error;
      }
    }
  }

  async function updateOnce(request: UpdateRequest): Promise<{ object: ApiObject; created: boolean }> {
    const { caller, name, version, dryRun } = request;
    const stored = await store.get(keyOf(caller, name));
    if (stored && hooks.mayRead && !(await hooks.mayRead(caller, stored))) throw bareForbidden();
    const current = stored && present(stored, version);
    const next = await request.change(current);
    const meta = next.metadata;
    if (!stored) {
      if (meta.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
      return { object: await createByUpdate(request, next), created: true };
    }
    if (meta.uid && meta.uid !== stored.uid) throw conflict(kind, name, `Precondition failed: UID in precondition: ${meta.uid}, UID in object meta: ${stored.uid}`);
    const expect = versionOf(meta.resourceVersion);
    if (expect !== undefined && expect !== stored.resourceVersion) throw conflict(kind, name);
    checkRules(meta, caller);
    if (stored.deletionTimestamp > 0) checkFinalizers(kind, name, meta.finalizers ?? [], stored.finalizers);
    // Nobody is remembered of what began without: what was there before would have no owner.
    const managedFields = request.applied ? (meta.managedFields ?? []) : stored.managedFields === '' ? [] : manage(request, next, current, sentEntries(meta) ?? current?.metadata.managedFields ?? []);
    const secure = await secureOf(next, stored.secure);
    const admitted = (await hooks.admit?.({ ...request, operation: 'update', object: next, previous: stored })) ?? next;
    if (dryRun) return { object: dry(admitted, managedFields, version, stored, secure), created: false };
    const write = { ...writeOf(caller, admitted, version, managedFields), secure };
    // The same members in another order are the same object.
    const spec = admitted.specText === undefined && write.spec.length === stored.spec.length && sameJson(write.spec, stored.spec) ? stored.spec : write.spec;
    const written = await store.update({ ...write, spec, status: request.subresource === 'status' ? JSON.stringify(admitted.status ?? {}) : (hooks.keptStatus?.(stored, version) ?? stored.status) }, stored.resourceVersion);
    if (written.deleted) {
      // The last finalizer went, and the object with it; the answer is the object as it was held.
      await hooks.deleted?.(caller, written);
      return { object: { ...present({ ...stored, finalizers: [] }, version) }, created: false };
    }
    const answered = present(written, version);
    // Compat: an unchanged object is answered without its version; clients that compare it take that for "patched".
    if (written.resourceVersion === stored.resourceVersion) answered.metadata.resourceVersion = undefined;
    else await hooks.updated?.(caller, written, stored);
    return { object: answered, created: false };
  }

  async function createByUpdate(request: UpdateRequest, object: ApiObject): Promise<ApiObject> {
    const { caller, version } = request;
    checkRules(object.metadata, caller);
    const managedFields = request.applied ? (object.metadata.managedFields ?? []) : manage(request, object, zeroObject(kind, version), []);
    const secure = await secureOf(object);
    const admitted = (await hooks.admit?.({ ...request, operation: 'create', object })) ?? object;
    if (request.dryRun) return dry(admitted, managedFields, version, undefined, secure);
    const stored = await store.create({ ...writeOf(caller, admitted, version, managedFields), secure });
    await hooks.created?.(caller, stored, object);
    return present(stored, version);
  }

  function manage(request: WriteOptions & { caller: Caller; version: string }, now: ApiObject, before: ApiObject | undefined, entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] {
    if (kind.managesFields === false) return [];
    if (typeof kind.managesFields === 'function' && !kind.managesFields(now, before)) return [];
    return afterUpdate(entries, managed(now, before === undefined), before ? managed(before) : scalarZeros(kind, request.version), {
      manager: request.fieldManager || request.caller.agent, apiVersion: apiVersionOf(kind, request.version), time: rfc3339(clock.now()), structs,
    });
  }

  function writeOf(caller: Caller, object: ApiObject, version: string, managedFields: readonly ManagedFieldsEntry[]): ResourceWrite {
    const { name, labels = {}, annotations = {}, finalizers = [], ownerReferences = [] } = object.metadata;
    const spec = specOf(object) as Record<string, unknown>;
    const title = (hooks.title?.(object) ?? (typeof spec['title'] === 'string' ? spec['title'] : '')).slice(0, titleLengthMax).replaceAll('\0', '');
    const { [legacyIdLabel]: legacyId, ...otherLabels } = labels;
    const { [grantAnnotation]: _, ...kept } = annotations;
    return {
      ...keyOf(caller, name!), apiVersion: version, title, folder: kept[folderAnnotation] ?? '', labels: kind.legacyIds ? otherLabels : labels, annotations: kept,
      spec: object.specText ?? JSON.stringify(object.spec ?? {}), finalizers, managedFields: managedFields.length > 0 ? JSON.stringify(managedFields) : '', author: caller.author,
      ownerReferences: ownerReferences.length > 0 ? JSON.stringify(ownerReferences) : '',
      ...(kind.legacyIds && /^[1-9]\d{0,15}$/.test(legacyId ?? '') ? { legacyId: Number(legacyId) } : {}),
    };
  }

  function checkRules(meta: ObjectMeta, { author }: Pick<Caller, 'author'>): void {
    const { labels = {}, annotations = {} } = meta;
    for (const label of commandLabels) if (labels[label] !== undefined) throw badRequest(`can not save label: ${label}`);
    if (annotations[folderAnnotation] && !kind.folders) throw badRequest(`folders are not supported for: ${kind.plural}.${kind.group}`);
    if ((annotations[folderAnnotation]?.length ?? 0) > 253 || annotations[folderAnnotation]?.includes('\0')) throw badRequest('invalid folder');
    if (annotations[grantAnnotation] !== undefined) {
      if (!kind.folders) throw badRequest('missing default permission creator');
      if (annotations[grantAnnotation] !== 'default') throw badRequest(`invalid permissions value: ${annotations[grantAnnotation]}`);
    }
    if (annotations['grafana.app/managedBy'] === 'repo' && !annotations['grafana.app/sourcePath'] && author !== repositoryAuthor) throw badRequest('managed resource is missing source path annotation');
  }

  async function* watch(request: WatchRequest): AsyncIterable<WatchEvent> {
    const { caller, version } = request;
    checkFields(kind, request.fields, version);
    const mayList = await hooks.listFilter?.(caller);
    const wanted = (stored: StoredResource | undefined) => stored !== undefined && (!mayList || mayList(stored)) && matches(stored, request, version);
    let since = request.resourceVersion ?? (await store.currentVersion(type));
    if (request.initialEvents) {
      since = await store.currentVersion(type);
      for await (const stored of store.each(type, caller.namespace)) if (wanted(stored)) yield { type: 'ADDED', object: present(stored, version) };
      if (request.initialBookmark) yield { type: 'BOOKMARK', object: bookmark(kind, version, Math.max(since, 1)) };
    }
    for await (const event of store.watch(type, caller.namespace, since, caller.signal)) {
      const [is, was] = [event.type !== 'DELETED' && wanted(event.object), event.type !== 'ADDED' && (event.type === 'DELETED' && !event.previous ? wanted(event.object) : wanted(event.previous))];
      if (!is && !was) continue;
      const object = event.type === 'DELETED' && event.previous ? { ...event.previous, resourceVersion: event.resourceVersion } : event.object;
      yield { type: is ? (was ? 'MODIFIED' : 'ADDED') : 'DELETED', object: present(object, version) };
    }
  }

  return {
    async get({ caller, name, version, resourceVersion }: GetRequest) {
      return present(await read(caller, name, resourceVersion), version);
    },
    list, stream, create, update, restore,
    async delete(request) {
      const { caller, name, version, dryRun } = request;
      const stored = await store.get(keyOf(caller, name));
      if (!stored) throw objectNotFound(kind, name);
      await hooks.mayDelete?.(caller, stored, request);
      if (request.uid !== undefined && request.uid !== stored.uid) {
        throw preconditionFailed(kind, name, `the UID in the precondition (${request.uid}) does not match the UID in record (${stored.uid}). The object might have been deleted and then recreated`);
      }
      if (request.resourceVersion !== undefined && request.resourceVersion !== String(stored.resourceVersion)) {
        throw preconditionFailed(kind, name, `the ResourceVersion in the precondition (${request.resourceVersion}) does not match the ResourceVersion in record (${stored.resourceVersion}). The object might have been modified`);
      }
      if (dryRun) return { object: present(stored, version), answer: 'status' };
      const expect = request.resourceVersion === undefined ? {} : { expect: stored.resourceVersion };
      const gone = await store.delete(keyOf(caller, name), { author: caller.author, ...expect });
      if (gone.deleted) await hooks.deleted?.(caller, gone);
      return { object: present(gone, version), answer: gone.deleted ? 'status' : 'object' };
    },
    async deleteCollection(request) {
      const { caller, version } = request;
      checkFields(kind, request.fields, version);
      const mayList = await hooks.listFilter?.(caller);
      const gone: StoredResource[] = [];
      const doomed: StoredResource[] = [];
      for await (const stored of store.each(type, caller.namespace)) if ((!mayList || mayList(stored)) && matches(stored, request, version)) doomed.push(stored);
      for (const stored of doomed) {
        try {
          await hooks.mayDelete?.(caller, stored, request);
        } catch (error) {
          // Somebody who may delete only some of them deletes these.
          if (error instanceof StatusError && error.code === 403) continue;
          throw error;
        }
        gone.push(stored);
        if (request.dryRun) continue;
        const marker = await store.delete(stored, { author: caller.author }).catch(ignoreMissing);
        if (marker?.deleted) await hooks.deleted?.(caller, marker);
      }
      return answer({ ...request, resourceVersion: undefined, resourceVersionMatch: undefined }, gone, await store.currentVersion(type), '');
    },
    ...(kind.verbs.includes('watch') ? { watch } : {}),
  };
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof ResourceStoreError && error.kind === 'not-found') return undefined;
  throw error;
}

/** A selector by this label selects nothing: it asks for more of what is there. */
function withoutPathLabel(request: ListRequest): ListRequest & { readonly showsPath?: boolean } {
  if (!request.labels.some(({ key }) => key === pathLabel)) return request;
  return { ...request, labels: request.labels.filter(({ key }) => key !== pathLabel), showsPath: true };
}

function commandOf(labels: readonly LabelRequirement[]): string | undefined {
  const command = labels.find(({ key }) => key === historyLabel || key === trashLabel);
  if (!command) return undefined;
  if (labels.length > 1) throw badRequest(`single label supported with: ${command.key}`);
  if (command.operator !== 'in') throw badRequest(`only = operator supported with: ${command.key}`);
  if (command.values.length !== 1) throw badRequest(`expecting single value for: ${command.key}`);
  return command.key;
}

export function checkFields(kind: Kind, fields: readonly FieldRequirement[], version: string): void {
  for (const { field } of fields) {
    if (field === 'metadata.name' || field === 'metadata.namespace' || kind.selectableFields?.[field]) continue;
    throw badRequest(kind.fieldSelectorError === 'metadata'
      ? `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`
      : `field label not supported for ${apiVersionOf(kind, version)}, Kind=${kind.kind}: ${field}`);
  }
}

/** What is on its way out can only be let go. */
function checkFinalizers(kind: Kind, name: string, now: readonly string[], before: readonly string[]): void {
  const added = now.filter((finalizer) => !before.includes(finalizer)).sort();
  if (added.length === 0) return;
  const shown = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  throw invalid(kind, name, [causes.forbidden('metadata.finalizers', `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown}}`)]);
}

/** A client that knows of managed fields may say what they were: nobody's, or those of another way of writing. */
function sentEntries({ managedFields = [] }: ObjectMeta): readonly ManagedFieldsEntry[] | undefined {
  if (isReset(managedFields)) return [];
  return managedFields.length > 0 ? managedFields : undefined;
}

const equalTo = (fields: readonly FieldRequirement[], name: string) => fields.find(({ field, operator }) => field === name && operator === '=')?.value;

/** Where a page of a history goes on. */
interface HistoryPlace {
  readonly before?: number;
  /** Oldest first. */
  readonly from?: number;
}

const encodePlace = (place: HistoryPlace) => Buffer.from(JSON.stringify(place)).toString('base64url');

function decodePlace(token: string): HistoryPlace {
  try {
    const { before, from } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as { before?: unknown; from?: unknown };
    if (Number.isSafeInteger(before)) return { before: before as number };
    if (Number.isSafeInteger(from)) return { from: from as number };
  } catch {
    // Falls through to the one answer.
  }
  throw badRequest('invalid continue token');
}

function versionOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '' || text === '0') return undefined;
  if (!/^\d{1,18}$/.test(text)) throw badRequest(`invalid resource version: ${text}`);
  return Number(text);
}

/** The members of an object that clients own. */
function managed(object: ApiObject, sent = false): Record<string, unknown> {
  const metadata = ownedMetadata(object.metadata);
  for (const [name, value] of Object.entries(metadata)) if (typeof value === 'object' && Object.keys(value as object).length === 0) delete metadata[name];
  return { metadata, spec: specOf(object) ?? {}, ...(sent && object.status !== undefined ? { status: object.status } : {}) };
}

/** Before a create there was an object with nothing in it: text is empty, lists are absent. A kind without a schema has no spec then. */
function scalarZeros(kind: Kind, version: string): Record<string, unknown> {
  if (!kind.versions.find(({ name }) => name === version)?.spec) return { metadata: {} };
  const zero = specOf(zeroObject(kind, version));
  return { metadata: {}, spec: Object.fromEntries(Object.entries(zero).filter(([, value]) => value === null || typeof value !== 'object')) };
}

function zeroObject(kind: Kind, version: string): ApiObject {
  const schema = kind.versions.find((v) => v.name === version)?.spec;
  return { kind: kind.kind, apiVersion: apiVersionOf(kind, version), metadata: {}, spec: schema ? decodeTyped(schema as never, undefined, 'spec', () => {}) : {} };
}

function bookmark(kind: Kind, version: string, resourceVersion: number): ApiObject {
  return {
    ...zeroObject(kind, version), ...(kind.hasStatus ? { status: {} } : {}),
    metadata: { resourceVersion: String(resourceVersion), annotations: { 'k8s.io/initial-events-end': 'true' } },
  };
}
