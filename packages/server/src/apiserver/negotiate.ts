/** Media types in and out (apiserver-and-storage §1.1, §4.6). */
import { exactInteger, parseExact, parseWithBigInts } from '../util/exact-json.ts';
import { isObject } from '../util/json-value.ts';
import { badRequest, StatusError } from './status.ts';

export type Format = 'json' | 'yaml' | 'protobuf';
export type Transformation = 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

export interface Accepted {
  readonly format: Format;
  /** `as=…;v=…` of group meta.k8s.io */
  readonly as?: { readonly kind: Transformation; readonly version: 'v1' | 'v1beta1' };
  /** `as=…` of another group, where the caller offers it. */
  readonly other?: { readonly kind: string; readonly group: string; readonly version: string };
}

const formats: Record<string, Format> = { 'application/json': 'json', 'application/yaml': 'yaml', 'application/vnd.kubernetes.protobuf': 'protobuf' };
export const mediaTypeOf: Record<Format, string> = { json: 'application/json', yaml: 'application/yaml', protobuf: 'application/vnd.kubernetes.protobuf' };
const offered = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
const transformations = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']);

interface Clause {
  readonly type: string;
  readonly params: Readonly<Record<string, string>>;
  readonly q: number;
}

function parseAccept(header: string): Clause[] {
  return header.split(',').map((text) => {
    const [type = '', ...rest] = text.split(';').map((part) => part.trim());
    const params: Record<string, string> = {};
    for (const part of rest) {
      const eq = part.indexOf('=');
      if (eq > 0) params[part.slice(0, eq).trim()] = part.slice(eq + 1).trim();
    }
    const q = params['q'] === undefined ? 1 : Number(params['q']);
    return { type: type.toLowerCase(), params, q: Number.isFinite(q) ? q : 1 };
  }).sort((a, b) => b.q - a.q);
}

/**
 * `others`: transformations besides tables and metadata that this endpoint has, `APIGroupDiscoveryList/apidiscovery.k8s.io/v2`.
 * `plainOnly`: JSON and YAML without transformations (subresources).
 */
export function negotiate(header: string | undefined, others: readonly string[] = [], plainOnly = false): Accepted {
  if (!header || header.trim() === '') return { format: 'json' };
  const clauses = parseAccept(header);
  // The router refuses what is not even offered, with a text of its own.
  if (!clauses.some(({ type }) => type === '*/*' || formats[type])) {
    throw new StatusError(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${offered}`, {});
  }
  for (const { type, params } of clauses) {
    const format = type === '*/*' ? 'json' : formats[type];
    if (!format || (plainOnly && (format === 'protobuf' || params['as'] !== undefined))) continue;
    const { as: kind, v: version = '', g: group = '' } = params;
    if (kind === undefined) return { format };
    if (group === 'meta.k8s.io' && transformations.has(kind) && (version === 'v1' || version === 'v1beta1')) {
      return { format, as: { kind: kind as Transformation, version } };
    }
    if (others.includes(`${kind}/${group}/${version}`)) return { format, other: { kind, group, version } };
  }
  throw new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${plainOnly ? 'application/json, application/yaml' : offered}`);
}

/** Indented for people: `?pretty`, a browser, curl. */
export function isPretty(search: URLSearchParams, userAgent: string | undefined): boolean {
  const wish = search.get('pretty');
  if (wish !== null) return wish !== '0' && wish !== 'false';
  return /^(curl|Wget|Mozilla)\//.test(userAgent ?? '');
}

export interface DecodedBody {
  readonly value: unknown;
  /** The JSON text; '' of YAML. */
  readonly text: string;
  /** What is wrong with YAML that has a key twice, otherwise ''. */
  readonly duplicates: string;
}

/** The body as a JSON value. `kind` is what errors say it should be. */
export async function decodeBody(body: Buffer, contentType: string | undefined, kind: string): Promise<DecodedBody> {
  const type = (contentType ?? '').split(';')[0]!.trim().toLowerCase() || 'application/json';
  const text = body.toString('utf8');
  switch (type) {
    case 'application/json': case '*/*': return { value: parseJson(text, body, kind), text, duplicates: '' };
    case 'application/yaml': return { ...(await parseYaml(text, body, kind)), text: '' };
    case 'application/vnd.kubernetes.protobuf':
      throw unrecognized(kind, 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]', body);
    default:
      throw new StatusError(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${offered}`);
  }
}

const unrecognized = (kind: string, why: string, body: Buffer) =>
  badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${body.length === 0 ? '<empty>' : body.subarray(0, 512).toString('hex')})`);

function parseJson(text: string, body: Buffer, kind: string): unknown {
  let value: unknown;
  try {
    value = parseExact(text);
  } catch (error) {
    throw unrecognized(kind, `couldn't get version/kind; json parse error: ${(error as Error).message}`, body);
  }
  // Nothing at all is an object without members.
  if (value === null) return {};
  if (!isObject(value)) throw unrecognized(kind, "couldn't get version/kind; json parse error: json: cannot unmarshal into an object", body);
  for (const name of ['kind', 'apiVersion']) {
    if (typeof (value[name] ?? '') !== 'string') throw unrecognized(kind, `couldn't get version/kind; json parse error: json: cannot unmarshal into Go struct field .${name} of type string`, body);
  }
  return value;
}

async function parseYaml(text: string, body: Buffer, kind: string): Promise<{ value: unknown; duplicates: string }> {
  let parsed: Awaited<ReturnType<typeof yamlValue>>;
  try {
    parsed = await yamlValue(text);
  } catch (error) {
    throw unrecognized(kind, `yaml: ${yamlProblem(error as YamlError)}`, body);
  }
  if (parsed.value !== null && !isObject(parsed.value)) throw unrecognized(kind, "couldn't get version/kind; json parse error: json: cannot unmarshal into an object", body);
  return { ...parsed, value: parsed.value ?? {} };
}

/** What server-side apply brings. Nothing at all is an empty object. */
export async function decodeApplied(body: Buffer): Promise<{ config: Record<string, unknown>; duplicates: string }> {
  let parsed: Awaited<ReturnType<typeof yamlValue>>;
  try {
    parsed = await yamlValue(body.toString('utf8'));
  } catch (error) {
    throw badRequest(`error decoding YAML: error converting YAML to JSON: yaml: ${yamlProblem(error as YamlError)}`);
  }
  const { value, duplicates } = parsed;
  if (value !== null && !isObject(value)) throw badRequest('error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal into an object');
  return { config: value ?? {}, duplicates };
}

type YamlError = Error & { code?: string; linePos?: readonly { line: number }[] };

/** The first of several documents. Of a key that is there twice the last one holds; `duplicates` tells of the first such key. */
async function yamlValue(text: string): Promise<{ value: unknown; duplicates: string }> {
  const { isDocument, parseAllDocuments } = await import('yaml');
  const read = (uniqueKeys: boolean): unknown => {
    const [first] = parseAllDocuments(text, { version: '1.1', logLevel: 'error', intAsBigInt: true, uniqueKeys });
    if (!isDocument(first)) return null;
    if (first.errors[0]) throw first.errors[0];
    return first.toJS({ maxAliasCount: 100, reviver: (_key: unknown, member: unknown) => (typeof member === 'bigint' ? exactInteger(member) : member) });
  };
  try {
    return { value: read(true), duplicates: '' };
  } catch (error) {
    const { code, linePos } = error as YamlError;
    if (code !== 'DUPLICATE_KEY') throw error;
    const line = linePos?.[0]?.line ?? 0;
    const key = /^[\s-]*"?([^":]*)"?\s*:/.exec(text.split('\n')[line - 1] ?? '')?.[1] ?? '';
    return { value: read(false), duplicates: `yaml: unmarshal errors:\n  line ${line}: key ${JSON.stringify(key)} already set in map` };
  }
}

/** The commonest mistake in the words that people search for. */
const yamlProblem = ({ code, message }: YamlError) =>
  code === 'BLOCK_AS_IMPLICIT_KEY' ? 'mapping values are not allowed in this context' : message.split('\n')[0]!;

/** YAML as the reference writes it: keys sorted, lists not indented. */
export async function yamlText(json: string): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(parseWithBigInts(json), { version: '1.1', sortMapEntries: true, lineWidth: 0, indentSeq: false, aliasDuplicateObjects: false });
}
