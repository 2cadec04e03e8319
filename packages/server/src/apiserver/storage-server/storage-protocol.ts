/** Package `resource` (apiserver-and-storage §8.1): messages and services of the storage server, field by field. */
import { decodeMessage, encodeMessage, type FieldSpec, type MessageTable } from '@belvedere/plugin-sdk/protocol';
import type { Message, MethodShape, ProtoFile } from '../../infra/grpc/grpc-service.ts';

const text = (number: number): FieldSpec => ({ number, type: 'string' });
const texts = (number: number): FieldSpec => ({ number, type: 'string', repeated: true });
const bytes = (number: number): FieldSpec => ({ number, type: 'bytes' });
const int32 = (number: number): FieldSpec => ({ number, type: 'int32' });
const int64 = (number: number): FieldSpec => ({ number, type: 'int64' });
const bool = (number: number): FieldSpec => ({ number, type: 'bool' });
const choice = (number: number): FieldSpec => ({ number, type: 'enum' });
const double = (number: number): FieldSpec => ({ number, type: 'double' });
const one = (number: number, message: MessageTable): FieldSpec => ({ number, type: { message } });
const many = (number: number, message: MessageTable): FieldSpec => ({ number, type: { message }, repeated: true });
const map = (number: number, message: MessageTable): FieldSpec => ({ number, type: { mapOf: { message } } });

const ResourceKey: MessageTable = { group: text(1), namespace: text(2), resource: text(3), name: text(4) };
const ErrorCause: MessageTable = { reason: text(1), message: text(2), field: text(3) };
const ErrorDetails: MessageTable = { name: text(1), group: text(2), kind: text(3), causes: many(4, ErrorCause), retryAfterSeconds: int32(5), uid: text(6) };
const ErrorResult: MessageTable = { message: text(1), reason: text(2), details: one(3, ErrorDetails), code: int32(4) };
const ResourceWrapper: MessageTable = { resource_version: int64(1), value: bytes(2) };
const Requirement: MessageTable = { key: text(1), operator: text(2), values: texts(3) };
const ListOptions: MessageTable = { key: one(1, ResourceKey), labels: many(2, Requirement), fields: many(3, Requirement) };

const ReadRequest: MessageTable = { key: one(1, ResourceKey), resource_version: int64(2) };
const ReadResponse: MessageTable = { error: one(1, ErrorResult), resource_version: int64(2), value: bytes(3) };
const CreateRequest: MessageTable = { key: one(1, ResourceKey), value: bytes(2) };
const CreateResponse: MessageTable = { error: one(1, ErrorResult), resource_version: int64(2) };
const UpdateRequest: MessageTable = { key: one(1, ResourceKey), resource_version: int64(2), value: bytes(3) };
const UpdateResponse: MessageTable = { error: one(1, ErrorResult), resource_version: int64(2) };
const DeleteRequest: MessageTable = { key: one(1, ResourceKey), resource_version: int64(2), uid: text(3) };
const DeleteResponse: MessageTable = { error: one(1, ErrorResult), resource_version: int64(2) };
const ListRequest: MessageTable = { next_page_token: text(1), resource_version: int64(2), version_match: choice(3), limit: int64(4), options: one(5, ListOptions), source: choice(6), version_match_v2: choice(7) };
const ListResponse: MessageTable = { items: many(1, ResourceWrapper), next_page_token: text(2), resource_version: int64(3), remaining_item_count: int64(4), error: one(5, ErrorResult) };
const WatchRequest: MessageTable = { since: int64(1), options: one(3, ListOptions), send_initial_events: bool(4), allow_watch_bookmarks: bool(5) };
const WatchResource: MessageTable = { version: int64(1), value: bytes(2) };
const WatchEvent: MessageTable = { timestamp: int64(1), type: choice(2), resource: one(3, WatchResource), previous: one(4, WatchResource) };

const Sort: MessageTable = { field: text(1), desc: bool(2) };
const Facet: MessageTable = { field: text(1), limit: int64(2) };
const QueryField: MessageTable = { name: text(1), type: choice(2), boost: { number: 3, type: 'float' } };
const ResourceSearchRequest: MessageTable = {
  options: one(1, ListOptions), federated: many(2, ResourceKey), query: text(3), limit: int64(4), offset: int64(5), sortBy: many(6, Sort), facet: map(7, Facet), fields: texts(8), explain: bool(9),
  is_deleted: bool(10), page: int64(11), permission: int64(12), query_fields: many(13, QueryField), search_after: texts(14), search_before: texts(15),
};
const ColumnProperties: MessageTable = { unique_values: bool(1), free_text: bool(2), filterable: bool(3), not_null: bool(4), default_value: bytes(5) };
const ResourceTableColumnDefinition: MessageTable = { name: text(1), type: choice(2), is_array: bool(3), description: text(4), properties: one(5, ColumnProperties), priority: int32(6) };
const ResourceTableRow: MessageTable = { key: one(1, ResourceKey), resource_version: int64(2), cells: { number: 3, type: 'bytes', repeated: true }, object: bytes(4), sort_fields: texts(5) };
const ResourceTable: MessageTable = { columns: many(1, ResourceTableColumnDefinition), rows: many(2, ResourceTableRow), next_page_token: text(3), resource_version: int64(4), remaining_item_count: int64(5) };
const TermFacet: MessageTable = { term: text(1), count: int64(2) };
const FacetResult: MessageTable = { field: text(1), total: int64(2), missing: int64(3), terms: many(4, TermFacet) };
const ResourceSearchResponse: MessageTable = {
  error: one(1, ErrorResult), key: one(2, ResourceKey), results: one(3, ResourceTable), total_hits: int64(4), query_cost: double(5), max_score: double(6), facet: map(7, FacetResult), resource_version: int64(8),
};
const ResourceStatsRequest: MessageTable = { namespace: text(1), kinds: texts(2), folder: text(3) };
const Stats: MessageTable = { group: text(1), resource: text(2), count: int64(3) };
const ResourceStatsResponse: MessageTable = { error: one(1, ErrorResult), stats: many(2, Stats) };
const RebuildIndexesRequest: MessageTable = { namespace: text(1), keys: many(2, ResourceKey) };
const IndexBuildTime: MessageTable = { group: text(1), resource: text(2), buildTimeUnix: int64(3) };
const RebuildIndexesResponse: MessageTable = { rebuildCount: int64(1), details: text(2), error: one(3, ErrorResult), buildTimes: many(4, IndexBuildTime), contactedAllInstances: bool(5) };

const BulkRequest: MessageTable = { key: one(1, ResourceKey), action: choice(2), value: bytes(3), folder: text(4) };
const BulkSummary: MessageTable = { namespace: text(1), group: text(2), resource: text(3), count: int64(4), history: int64(5), resource_version: int64(6), previous_count: int64(7), previous_history: int64(8) };
const BulkRejected: MessageTable = { key: one(1, ResourceKey), action: choice(2), error: text(3) };
const BulkResponse: MessageTable = { error: one(1, ErrorResult), processed: int64(2), summary: many(3, BulkSummary), rejected: many(4, BulkRejected) };

const PutBlobRequest: MessageTable = { resource: one(1, ResourceKey), method: choice(2), content_type: text(3), value: bytes(4) };
const PutBlobResponse: MessageTable = { error: one(1, ErrorResult), uid: text(2), url: text(3), size: int64(4), hash: text(5), mime_type: text(6), charset: text(7) };
const GetBlobRequest: MessageTable = { resource: one(1, ResourceKey), resource_version: int64(2), must_proxy_bytes: bool(3), uid: text(4) };
const GetBlobResponse: MessageTable = { error: one(1, ErrorResult), url: text(2), content_type: text(3), value: bytes(4) };

const CountManagedObjectsRequest: MessageTable = { namespace: text(1), kind: text(2), id: text(3) };
const ManagedCount: MessageTable = { kind: text(1), id: text(2), group: text(3), resource: text(4), count: int64(5) };
const CountManagedObjectsResponse: MessageTable = { items: many(1, ManagedCount), error: one(2, ErrorResult) };
const ListManagedObjectsRequest: MessageTable = { next_page_token: text(1), namespace: text(2), kind: text(3), id: text(4) };
const ManagedItem: MessageTable = { object: one(1, ResourceKey), path: text(2), hash: text(3), time: int64(5), title: text(6), folder: text(7) };
const ListManagedObjectsResponse: MessageTable = { items: many(1, ManagedItem), next_page_token: text(2), error: one(3, ErrorResult) };

const HealthCheckRequest: MessageTable = { service: text(1) };
const HealthCheckResponse: MessageTable = { status: choice(1) };
const QuotaUsageRequest: MessageTable = { key: one(1, ResourceKey) };
const QuotaUsageResponse: MessageTable = { error: one(1, ErrorResult), usage: int64(2), limit: int64(3) };

const pair = (name: string, more: Partial<MethodShape> = {}): MethodShape => ({ request: `${name}Request`, response: `${name}Response`, ...more });

export const storageFile: ProtoFile = {
  name: 'resource.proto', package: 'resource',
  messages: {
    ResourceKey, ErrorCause, ErrorDetails, ErrorResult, ResourceWrapper, Requirement, ListOptions, ReadRequest, ReadResponse, CreateRequest, CreateResponse, UpdateRequest, UpdateResponse, DeleteRequest, DeleteResponse,
    ListRequest, ListResponse, WatchRequest, WatchResource, WatchEvent, Sort, Facet, QueryField, ResourceSearchRequest, ColumnProperties, ResourceTableColumnDefinition, ResourceTableRow, ResourceTable, TermFacet,
    FacetResult, ResourceSearchResponse, ResourceStatsRequest, Stats, ResourceStatsResponse, RebuildIndexesRequest, IndexBuildTime, RebuildIndexesResponse, BulkRequest, BulkSummary, BulkRejected, BulkResponse,
    PutBlobRequest, PutBlobResponse, GetBlobRequest, GetBlobResponse, CountManagedObjectsRequest, ManagedCount, CountManagedObjectsResponse, ListManagedObjectsRequest, ManagedItem, ListManagedObjectsResponse,
    HealthCheckRequest, HealthCheckResponse, QuotaUsageRequest, QuotaUsageResponse,
  },
  enums: {
    'WatchEvent.type': { name: 'WatchEventType', values: ['UNKNOWN', 'ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'] },
    'ListRequest.source': { name: 'ListSource', values: ['STORE', 'HISTORY', 'TRASH'] },
    'BulkRequest.action': { name: 'BulkAction', values: ['BULK_UNKNOWN', 'BULK_ADDED', 'BULK_MODIFIED', 'BULK_DELETED'] },
    'ListRequest.version_match_v2': { name: 'ResourceVersionMatchV2', values: ['MATCH_UNKNOWN', 'MATCH_UNSET', 'MATCH_EXACT', 'MATCH_NOT_OLDER_THAN'] },
  },
  services: {
    ResourceStore: {
      Read: pair('Read'), Create: pair('Create'), Update: pair('Update'), Delete: pair('Delete'), List: pair('List'),
      Watch: { request: 'WatchRequest', response: 'WatchEvent', serverStreams: true },
    },
    ResourceIndex: { Search: pair('ResourceSearch'), GetStats: pair('ResourceStats'), RebuildIndexes: pair('RebuildIndexes') },
    BulkStore: { BulkProcess: { request: 'BulkRequest', response: 'BulkResponse', clientStreams: true } },
    BlobStore: { PutBlob: pair('PutBlob'), GetBlob: pair('GetBlob') },
    ManagedObjectIndex: { CountManagedObjects: pair('CountManagedObjects'), ListManagedObjects: pair('ListManagedObjects') },
    Diagnostics: { IsHealthy: pair('HealthCheck') },
    Quotas: { GetQuotaUsage: pair('QuotaUsage') },
  },
};

/** How a client asks for a method: its path, what it writes and what it reads. */
export function wireOf(service: string, method: string) {
  const shape = storageFile.services[service]![method]!;
  const [request, response] = [storageFile.messages[shape.request]!, storageFile.messages[shape.response]!];
  return { path: `/${storageFile.package}.${service}/${method}`, write: (message: Message) => encodeMessage(request, message), read: (bytes: Buffer): Message => decodeMessage(response, bytes) };
}

/** Every service, with those of its methods that ask once and hear once. */
export const storageMethods = Object.entries(storageFile.services).map(([service, methods]) => ({
  file: storageFile, service, methods: Object.entries(methods).filter(([, { clientStreams, serverStreams }]) => !clientStreams && !serverStreams).map(([name]) => name),
})).filter(({ methods }) => methods.length > 0);
