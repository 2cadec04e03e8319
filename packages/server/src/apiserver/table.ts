/** Objects as tables and as metadata only (apiserver-and-storage §4.6). */
import { metaText, objectText, type ApiList, type ApiObject } from './api-object.ts';
import type { Column, Kind } from './kind.ts';
import type { Transformation } from './negotiate.ts';
import { badRequest, StatusError } from './status.ts';

const nameText = 'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names';
const createdText = 'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata';

export const nameColumn: Column = { name: 'Name', type: 'string', format: 'name', description: nameText, cell: (object) => object.metadata.name ?? '' };
export const createdColumn: Column = { name: 'Created At', type: 'date', description: createdText, cell: (object) => object.metadata.creationTimestamp ?? '0001-01-01T00:00:00Z' };
/** Columns that mean the same for every kind. */
const wellKnown: Readonly<Record<string, string>> = { Name: nameText, 'Created At': createdText };
const defaultColumns: readonly Column[] = [nameColumn, createdColumn];

export type IncludeObject = 'Metadata' | 'Object' | 'None';

export function parseIncludeObject(search: URLSearchParams): IncludeObject {
  const wish = search.get('includeObject') || 'Metadata';
  if (wish === 'Metadata' || wish === 'Object' || wish === 'None') return wish;
  throw badRequest(`Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(wish)}: must be 'Metadata', 'Object', 'None', or empty`);
}

export interface TableOptions {
  readonly version: 'v1' | 'v1beta1';
  readonly includeObject: IncludeObject;
  /** A watch tells the columns with its first event only. */
  readonly columns?: boolean;
}

export function tableText(kind: Pick<Kind, 'columns'>, items: readonly ApiObject[], metadata: ApiList['metadata'], { version, includeObject, columns = true }: TableOptions): string {
  const shown = kind.columns ?? defaultColumns;
  const definitions = columns
    ? JSON.stringify(shown.map(({ name, type, format = '', description }) => ({ name, type, format, description: description || (wellKnown[name] ?? ''), priority: 0 })))
    : 'null';
  const rows = items.map((item) => `{"cells":${JSON.stringify(shown.map((column) => column.cell(item)))},"object":${rowObject(item, includeObject, version)}}`);
  const head = `{"kind":"Table","apiVersion":"meta.k8s.io/${version}","metadata":${JSON.stringify(metadata)},"columnDefinitions":${definitions}`;
  return `${head},"rows":${rows.length === 0 ? 'null' : `[${rows.join(',')}]`}}`;
}

function rowObject(item: ApiObject, includeObject: IncludeObject, version: 'v1' | 'v1beta1'): string {
  switch (includeObject) {
    case 'None': return 'null';
    case 'Object': return objectText(item);
    case 'Metadata': return partialText(item, version);
    default: return includeObject satisfies never;
  }
}

export const partialText = (item: ApiObject, version: 'v1' | 'v1beta1') =>
  `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":${metaText(item.metadata)}}`;

export function partialListText(list: ApiList, version: 'v1' | 'v1beta1'): string {
  const items = list.items.map((item) => partialText(item, version)).join(',');
  return `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/${version}","metadata":${JSON.stringify(list.metadata)},"items":[${items}]}`;
}

/** Metadata of a list was asked of an object, or the other way round. */
export const wrongTransformation = (as: Transformation, isList: boolean, kind: string) =>
  new StatusError(406, 'NotAcceptable', `you requested ${as}, but the requested object is ${isList ? 'a list' : 'not a list'} (${kind})`);
