/**
 * What a kind says about itself; everything that kinds have in common is served by the API server (apiserver-and-storage §3–§5).
 *
 * A kind kept in the resource store gives `hooks`; a kind that is a second face of relational data gives a `backend`.
 */
import type { TSchema } from 'typebox';
import type { StoredResource } from '../storage/resource-store.ts';
import type { Identity } from '../web/identity.ts';
import type { Reply } from '../web/reply.ts';
import type { ApiList, ApiObject } from './api-object.ts';
import type { FieldRequirement, LabelRequirement } from './selectors.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** Every verb of a kind that is watched; the reference lists and sorts them so. */
export const allVerbs: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
export const verbsWithoutWatch: readonly Verb[] = allVerbs.filter((verb) => verb !== 'watch');

/** Who asks, and where. */
export interface Caller {
  readonly identity: Identity;
  /** `user:<uid>`, as authors are written. */
  readonly author: string;
  readonly namespace: string;
  readonly orgId: number;
  readonly signal: AbortSignal;
  /** First part of the user agent: the default field manager. */
  readonly agent: string;
}

export interface KindVersion {
  /** `v1beta1` */
  readonly name: string;
  /** Schema of `spec`: fields are checked, unknown ones dropped (and reported), missing ones stored as zero values. None: any object. */
  readonly spec?: TSchema;
  /** Members of a spec that is checked by the kind itself, and that nobody knows: `colour`, `links[0].colour`. */
  readonly unknown?: (spec: unknown) => readonly string[];
  /** For the API description only: of the spec where it is not checked, of the status, of members beside them, of the answers of subresources. */
  readonly described?: TSchema;
  /** Schemas that the others refer to by their names (`$ref: 'Panel'`). */
  readonly definitions?: Readonly<Record<string, TSchema>>;
  readonly status?: TSchema;
  readonly statusRequired?: boolean;
  readonly more?: Readonly<Record<string, TSchema>>;
  readonly answers?: Readonly<Record<string, TSchema>>;
}

export interface Column {
  readonly name: string;
  readonly type: 'string' | 'date' | 'boolean' | 'integer';
  readonly format?: string;
  readonly description?: string;
  /** Cells are strings, or null. */
  readonly cell: (object: ApiObject) => unknown;
}

export type Decision = 'allow' | { readonly deny: string } | undefined;

export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly namespace: string;
  readonly path: string;
}

/** First definite answer of a group; undefined leaves it to the org role. */
export type Authorizer = (attributes: Attributes, identity: Identity) => Decision | Promise<Decision>;

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: '' | 'Ignore' | 'Warn' | 'Strict';
}

export interface GetRequest {
  readonly caller: Caller;
  readonly version: string;
  readonly name: string;
  readonly resourceVersion?: number;
  readonly search: URLSearchParams;
}

export interface ListRequest {
  readonly caller: Caller;
  readonly version: string;
  readonly labels: readonly LabelRequirement[];
  readonly fields: readonly FieldRequirement[];
  readonly limit: number;
  readonly continueToken: string;
  readonly resourceVersion?: number;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
  readonly search: URLSearchParams;
}

export interface CreateRequest extends WriteOptions {
  readonly caller: Caller;
  readonly version: string;
  /** Decoded, checked against the schema, named. */
  readonly object: ApiObject;
}

export interface UpdateRequest extends WriteOptions {
  readonly caller: Caller;
  readonly version: string;
  readonly name: string;
  /** Makes the new object of the current one (undefined: there is none yet); throws when that is not wanted. May be called again after a conflict. */
  readonly change: (current: ApiObject | undefined) => ApiObject | Promise<ApiObject>;
  /** Patches without a resource version are tried again on the newest state. */
  readonly retries: number;
  readonly subresource: string;
  /** Server-side apply: `change` has settled `managedFields` already. */
  readonly applied?: boolean;
}

export interface DeleteRequest {
  readonly caller: Caller;
  readonly version: string;
  readonly name: string;
  readonly dryRun: boolean;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly gracePeriodSeconds?: number;
}

export interface WatchRequest extends ListRequest {
  /** Send ADDED for what is there. */
  readonly initialEvents: boolean;
  /** … and then the bookmark that says so. */
  readonly initialBookmark: boolean;
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: ApiObject;
}

export interface RestoreRequest {
  readonly caller: Caller;
  readonly version: string;
  readonly name: string;
  readonly dryRun: boolean;
}

/** Verbs that a kind does not have are simply missing. */
export interface KindBackend {
  get?(request: GetRequest): Promise<ApiObject>;
  list?(request: ListRequest): Promise<ApiList>;
  /** The same list a handful at a time, for what is long; at the end its metadata. */
  stream?(request: ListRequest): AsyncGenerator<readonly ApiObject[], ApiList['metadata'], undefined>;
  create?(request: CreateRequest): Promise<ApiObject>;
  update?(request: UpdateRequest): Promise<{ object: ApiObject; created: boolean }>;
  /** Answered with the object that was deleted, with the plain Status that names it, or with a Status of the kind's own. */
  delete?(request: DeleteRequest): Promise<{ object: ApiObject; answer: 'object' | 'status' | { readonly status: object } }>;
  deleteCollection?(request: ListRequest & { dryRun: boolean }): Promise<ApiList>;
  watch?(request: WatchRequest): AsyncIterable<WatchEvent>;
  /** Out of the trash, as it was when it was deleted. */
  restore?(request: RestoreRequest): Promise<ApiObject>;
}

export interface SubresourceRequest {
  readonly caller: Caller;
  readonly version: string;
  readonly name: string;
  readonly verb: Verb;
  readonly search: URLSearchParams;
  /** What follows the subresource in the path. */
  readonly rest: string;
  readonly rawBody: Buffer;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The path ended with a slash. */
  readonly endsInSlash: boolean;
  readonly kind: Kind;
}

export interface Subresource {
  readonly name: string;
  /** Kind of the answer. */
  readonly kind: string;
  readonly verbs: readonly Verb[];
  /** Only these versions have it. */
  readonly versions?: readonly string[];
  /** For the API description: `update/{group}/{kind}/{id}`, query parameters by name and type, operation ids where they are not derived. */
  readonly path?: string;
  readonly parameters?: readonly (readonly [name: string, type: string])[];
  readonly operationIds?: Partial<Record<Verb, string>>;
  /** An object is negotiated like any other (JSON, YAML, Table); a Reply goes out as it is. */
  handle(request: SubresourceRequest): Promise<ApiObject | Reply | object>;
}

export interface Admission extends WriteOptions {
  readonly operation: 'create' | 'update';
  readonly caller: Caller;
  readonly version: string;
  readonly object: ApiObject;
  readonly previous?: StoredResource;
}

/** What a kind in the resource store adds to the common behaviour. */
export interface StoreHooks {
  /** Checks and completes what is about to be stored; answers the object to store. Runs for dry runs too. */
  admit?(admission: Admission): ApiObject | Promise<ApiObject>;
  /** What the object calls itself; `spec.title` by default. */
  title?(object: ApiObject): string;
  /** Throws, or answers false for the bare 403 of storage. */
  mayRead?(caller: Caller, stored: StoredResource): boolean | Promise<boolean>;
  /** Decides on every entry of a list; made once a request. */
  listFilter?(caller: Caller): ((stored: StoredResource) => boolean) | Promise<(stored: StoredResource) => boolean>;
  mayDelete?(caller: Caller, stored: StoredResource, request: { dryRun: boolean; gracePeriodSeconds?: number }): void | Promise<void>;
  /** How an object looks in a version; undefined: as it is stored. Without it, all versions look alike. */
  present?(stored: StoredResource, version: string): { readonly specText?: string; readonly statusText?: string; readonly more?: Readonly<Record<string, unknown>> } | undefined;
  /** JSON text of the status that an update leaves; what was there by default. */
  keptStatus?(previous: StoredResource, version: string): string;
  /** After the commit. */
  created?(caller: Caller, stored: StoredResource, sent: ApiObject): void | Promise<void>;
  updated?(caller: Caller, stored: StoredResource, previous: StoredResource): void | Promise<void>;
  deleted?(caller: Caller, stored: StoredResource): void | Promise<void>;
  /** Annotations that lists show on request (label `grafana.app/fullpath`). */
  fullPath?(stored: StoredResource): Readonly<Record<string, string>>;
  /** Takes out of the trash what is more than one object. */
  restore?(caller: Caller, name: string): Promise<void>;
  /** 400, 412 … in place of 409 AlreadyExists. */
  exists?(name: string): Error;
}

export interface Kind {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  /** In the order of preference. */
  readonly versions: readonly KindVersion[];
  readonly verbs: readonly Verb[];
  readonly subresources?: readonly Subresource[];
  /** Default: Name, Created At. */
  readonly columns?: readonly Column[];
  readonly authorize?: Authorizer;
  /** Fields besides metadata.name and metadata.namespace that selectors may name. */
  readonly selectableFields?: Readonly<Record<string, (object: ApiObject) => string>>;
  /** How an unknown field of a selector is refused. */
  readonly fieldSelectorError?: 'scheme' | 'metadata';
  /** The kind has rules for names of its own, and checks them in `admit`. */
  readonly ownNames?: boolean;
  /** Compat: refusals carry neither reason nor details. */
  readonly tellsPlainly?: boolean;
  /** False: strategic merge patches are refused, as of a kind whose fields are not known to the server. */
  readonly mergesStrategically?: boolean;
  /** Objects lie in folders (`grafana.app/folder`). */
  readonly folders?: boolean;
  /** Shows `grafana.app/deprecatedInternalID`. */
  readonly legacyIds?: boolean;
  /** Objects may bring secrets of their own (`secure`); of other kinds that is an unknown field. */
  readonly securesValues?: boolean;
  /** `status` on every object, empty unless the kind fills it. */
  readonly hasStatus?: boolean;
  /** JSON text of the status that a dry run shows of a new object; `{}` by default. */
  readonly newStatus?: string;
  /** Client writes are remembered in `metadata.managedFields`; false says that the reference fails to. */
  readonly managesFields?: boolean | ((now: ApiObject, before: ApiObject | undefined) => boolean);
  /** Maps, besides spec and status, that are part of the schema: `spec.data`. They are not owned as such. */
  readonly structs?: readonly string[];
  /** Names are made from the content: a creator gives none. */
  readonly namesItself?: boolean;
  /** For the API description: all versions are one schema; kind and apiVersion are required; nothing is. */
  readonly sharesSchema?: boolean;
  readonly requiresTypeMeta?: boolean;
  readonly looseSchema?: boolean;
  /** Its schema is left out. */
  readonly undescribed?: boolean;
  /** Compat: lists keep the version that each item was written in. */
  readonly listKeepsVersion?: boolean;
  /** List kind; `<Kind>List` by default. */
  readonly listKind?: string;
  readonly hooks?: StoreHooks;
  readonly backend?: KindBackend;
}

/** Checks a declaration once, at start. */
export function defineKind(kind: Kind): Kind {
  if (kind.versions.length === 0) throw new Error(`kind ${kind.kind} has no version`);
  if (!/^[a-z0-9.-]+$/.test(kind.group) || !/^[a-z-]+$/.test(kind.plural)) throw new Error(`kind ${kind.kind} has no proper group or plural`);
  return Object.freeze(kind);
}

export const listKindOf = (kind: Kind) => kind.listKind ?? `${kind.kind}List`;
export const apiVersionOf = (kind: Pick<Kind, 'group'>, version: string) => `${kind.group}/${version}`;

/** A path of a group that is no resource: `search`, `display`, `ofrep/*`. */
export interface GroupRoute {
  readonly group: string;
  readonly version: string;
  /** Below the namespace; `*` at the end takes the rest. */
  readonly path: string;
  readonly methods: readonly ('GET' | 'POST' | 'PUT' | 'DELETE')[];
  /** Below the version, without a namespace. */
  readonly cluster?: boolean;
  /** Compat: served, although discovery does not list its version. */
  readonly unlisted?: boolean;
  /** Reachable without sign-in. */
  readonly anyone?: boolean;
  readonly authorize?: Authorizer;
  /** For the API description. */
  readonly description?: RouteDescription;
  handle(request: GroupRouteRequest): Promise<Reply | object>;
}

export interface RouteDescription {
  readonly operationId?: string;
  readonly tag?: string;
  /** With parameters in place of `*`: `ofrep/v1/evaluate/flags/{flagKey}`. */
  readonly path?: string;
  /** Query parameters. */
  readonly parameters?: readonly (readonly [name: string, type: string, required?: boolean])[];
  readonly reply?: TSchema;
  readonly responses?: object;
  readonly pathDescription?: string;
  /** Compat: the reference forgets to tell this parameter. */
  readonly omitsNamespace?: boolean;
  /** Kind of the answer. */
  readonly kind?: string;
  /** Parameters are told on the path, not on the operation. */
  readonly hoists?: boolean;
}

export interface GroupRouteRequest {
  readonly caller: Caller;
  readonly method: string;
  /** What `*` stands for. */
  readonly rest: string;
  readonly search: URLSearchParams;
  readonly rawBody: Buffer;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}
