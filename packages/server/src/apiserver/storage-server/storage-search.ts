/** ResourceIndex.Search (apiserver-and-storage §7.6, §8.1): hits as a table of bytes. */
import type { Message } from '../../infra/grpc/grpc-service.ts';
import type { ResourceKey, ResourceStore, ResourceType } from '../../storage/resource-store.ts';
import { dashboardType, folderType, type ContentEntry } from '../../storage/search/content-entry.ts';
import type { ContentIndex } from '../../storage/search/content-index.ts';
import { isObject, numberOf, objectOf, objectsOf, textOf, textsOf } from '../../util/json-value.ts';
import { badValue } from './storage-object.ts';

interface Hit {
  readonly key: ResourceKey;
  readonly resourceVersion: number;
  readonly title: string;
  readonly folder: string;
  readonly tags: readonly string[];
  readonly description: string;
  readonly created: number;
  readonly createdBy: string;
  readonly managerKind: string;
  readonly managerId: string;
  readonly path: string;
  readonly labels: Readonly<Record<string, string>>;
}

type Column = { readonly type: 'string' | 'int64'; readonly isArray?: boolean; readonly value: (hit: Hit) => string | number | readonly string[] };

const columnsOf: Readonly<Record<string, Column>> = {
  name: { type: 'string', value: ({ key }) => key.name }, title: { type: 'string', value: ({ title }) => title }, folder: { type: 'string', value: ({ folder }) => folder },
  tags: { type: 'string', isArray: true, value: ({ tags }) => tags }, description: { type: 'string', value: ({ description }) => description },
  created: { type: 'int64', value: ({ created }) => created }, createdBy: { type: 'string', value: ({ createdBy }) => createdBy },
  'manager.kind': { type: 'string', value: ({ managerKind }) => managerKind }, 'manager.id': { type: 'string', value: ({ managerId }) => managerId },
  managedBy: { type: 'string', value: ({ managerKind, managerId }) => (managerKind === '' ? '' : `${managerKind}:${managerId}`) }, 'source.path': { type: 'string', value: ({ path }) => path },
};
const typeNumber = { string: 1, int64: 4 } as const;
const shownByDefault = ['title', 'folder', 'tags'];
const limitDefault = 50;
const limitMax = 10_000;
const facetLimitDefault = 50;

export async function searchTable({ store, index }: { store: ResourceStore; index: ContentIndex }, key: ResourceKey, request: Message): Promise<Message> {
  const types: ResourceType[] = [key, ...objectsOf(request['federated']).map((other) => ({ group: textOf(other['group']), resource: textOf(other['resource']) }))];
  const fields = textsOf(request['fields']);
  const shown = (fields.length > 0 ? fields : shownByDefault).map((name) => ({ name, column: columnsOf[name] ?? labelColumn(name) }));
  const wanted = matcher(textOf(request['query']), objectsOf(objectOf(request['options'])['fields']), objectsOf(objectOf(request['options'])['labels']));
  const hits: Hit[] = [];
  for (const type of types) for await (const hit of hitsOf({ store, index }, type, key.namespace)) if (wanted(hit)) hits.push(hit);
  sort(hits, objectsOf(request['sortBy']));
  const limit = Math.min(numberOf(request['limit'], 0) || limitDefault, limitMax);
  const page = numberOf(request['page'], 0);
  const offset = page > 0 ? (page - 1) * limit : Math.max(0, numberOf(request['offset'], 0));
  const facets = request['facet'] instanceof Map ? [...request['facet']] as [string, Message][] : [];
  return {
    results: {
      columns: shown.map(({ name, column }) => ({ name, type: typeNumber[column.type], is_array: column.isArray ?? false })),
      rows: hits.slice(offset, offset + limit).map((hit) => ({ key: hit.key, resource_version: hit.resourceVersion, cells: shown.map(({ column }) => cell(column, hit)) })),
    },
    total_hits: hits.length, query_cost: hits.length, max_score: hits.length > 0 ? 1 : 0, resource_version: await store.currentVersion(key),
    facet: Object.fromEntries(facets.map(([name, wish]) => [name, facetOf(hits, textOf(wish['field']) || name, numberOf(wish['limit'], 0) || facetLimitDefault)])),
  };
}

async function* hitsOf({ store, index }: { store: ResourceStore; index: ContentIndex }, type: ResourceType, namespace: string): AsyncIterable<Hit> {
  const kind = type.group === dashboardType.group && type.resource === dashboardType.resource ? 'dashboard' : type.group === folderType.group && type.resource === folderType.resource ? 'folder' : undefined;
  if (kind) {
    await index.ready();
    for (const entry of index.entries(namespace, kind)) yield ofEntry(entry, type);
    return;
  }
  for (let continueToken = ''; ;) {
    const page = await store.list(type, { namespace, withoutSpec: true, limit: 1_000, ...(continueToken ? { continueToken } : {}) });
    for (const stored of page.items) {
      yield {
        key: { ...type, namespace: stored.namespace, name: stored.name }, resourceVersion: stored.resourceVersion, title: stored.title, folder: stored.folder, tags: [], description: '', created: stored.created,
        createdBy: stored.createdBy, managerKind: stored.annotations['grafana.app/managedBy'] ?? '', managerId: stored.annotations['grafana.app/managerId'] ?? '', path: stored.annotations['grafana.app/sourcePath'] ?? '',
        labels: stored.labels,
      };
    }
    if (page.continueToken === '') return;
    continueToken = page.continueToken;
  }
}

const ofEntry = (entry: ContentEntry, type: ResourceType): Hit => ({
  key: { group: type.group, resource: type.resource, namespace: entry.namespace, name: entry.name }, resourceVersion: entry.resourceVersion, title: entry.title, folder: entry.folder, tags: entry.tags,
  description: entry.description, created: entry.created, createdBy: entry.createdBy, managerKind: entry.manager?.kind ?? '', managerId: entry.manager?.id ?? '', path: entry.source?.path ?? '', labels: {},
});

const labelColumn = (name: string): Column => ({ type: 'string', value: ({ labels }) => (name.startsWith('labels.') ? (labels[name.slice('labels.'.length)] ?? '') : '') });

function matcher(query: string, fields: readonly Record<string, unknown>[], labels: readonly Record<string, unknown>[]): (hit: Hit) => boolean {
  const words = query === '*' ? [] : query.toLowerCase().split(/[\s*]+/).filter((word) => word !== '');
  const ofLabels = labels.map((label): Record<string, unknown> => ({ ...label, key: `labels.${textOf(label['key'])}` }));
  const conditions = [...fields, ...ofLabels].map((field) => {
    const name = textOf(field['key']).replace(/^metadata\./, '');
    const operator = textOf(field['operator']);
    if (!['', '=', '==', 'in', '!=', 'notin'].includes(operator)) throw badValue(`search: unknown operator ${JSON.stringify(operator)}`);
    return { column: columnsOf[name] ?? labelColumn(name), negative: operator === '!=' || operator === 'notin', values: new Set(textsOf(field['values'])) };
  });
  return (hit) => {
    const title = hit.title.toLowerCase();
    if (!words.every((word) => title.includes(word))) return false;
    return conditions.every(({ column, negative, values }) => {
      const value = column.value(hit);
      const holds = typeof value === 'object' ? value.some((item) => values.has(item)) : values.has(String(value));
      return holds !== negative;
    });
  };
}

function sort(hits: Hit[], by: readonly Record<string, unknown>[]): void {
  const keys = by.length > 0 ? by.map((wish) => ({ column: columnsOf[textOf(wish['field'])] ?? labelColumn(textOf(wish['field'])), sign: wish['desc'] === true ? -1 : 1 })) : [{ column: columnsOf['title']!, sign: 1 }];
  hits.sort((a, b) => {
    for (const { column, sign } of keys) {
      const [left, right] = [column.value(a), column.value(b)];
      const order = typeof left === 'number' && typeof right === 'number' ? left - right : String(left).localeCompare(String(right));
      if (order !== 0) return sign * order;
    }
    return a.key.name < b.key.name ? -1 : 1;
  });
}

function cell({ type, isArray, value }: Column, hit: Hit): Buffer {
  const content = value(hit);
  if (isArray || isObject(content)) return (content as readonly string[]).length === 0 ? Buffer.alloc(0) : Buffer.from(JSON.stringify(content));
  if (type === 'string') return Buffer.from(String(content));
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(Math.trunc(Number(content))));
  return bytes;
}

function facetOf(hits: readonly Hit[], field: string, limit: number): Message {
  const column = columnsOf[field] ?? labelColumn(field);
  const counts = new Map<string, number>();
  let missing = 0;
  for (const hit of hits) {
    const value = column.value(hit);
    const terms = typeof value === 'object' ? value : value === '' ? [] : [String(value)];
    if (terms.length === 0) missing++;
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  const terms = [...counts].map(([term, count]) => ({ term, count })).sort((a, b) => b.count - a.count || (a.term < b.term ? -1 : 1));
  return { field, total: terms.reduce((sum, { count }) => sum + count, 0), missing, terms: terms.slice(0, limit) };
}
