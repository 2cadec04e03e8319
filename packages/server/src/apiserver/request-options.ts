/** What a request says beside its object: options of writes and deletions, selectors, pages and versions (apiserver-and-storage §4), checked as Kubernetes checks them. */
import { isObject, objectOf, textsOf } from '../util/json-value.ts';
import type { Caller, ListRequest, WriteOptions } from './kind.ts';
import { decodeBody } from './negotiate.ts';
import { parseFieldSelector, parseLabelSelector } from './selectors.ts';
import { badRequest, causes, invalid, StatusError, type StatusCause } from './status.ts';

const limitMax = 100_000;
/** Digits of a version; more fit into no database. */
export const versionPattern = /^\d{1,18}$/;

const isText = (value: unknown) => typeof value === 'string';
const isFlag = (value: unknown) => typeof value === 'boolean';
/** As query parameters are read: whatever is not no is yes. */
export const truthy = (text: string | null) => text !== null && text !== '0' && text.toLowerCase() !== 'false';

/** Throws a 422. */
export function writeOptions(search: URLSearchParams, optionsKind: string, apply = false): WriteOptions {
  const problems: StatusCause[] = [];
  const fieldManager = search.get('fieldManager') ?? '';
  const fieldValidation = search.get('fieldValidation') ?? '';
  if (optionsKind === 'PatchOptions') {
    if (apply && fieldManager === '') problems.push(causes.required('fieldManager', 'is required for apply patch'));
    if (!apply && search.has('force')) problems.push(causes.forbidden('force', 'may not be specified for non-apply patch'));
  }
  if (Buffer.byteLength(fieldManager) > 128) problems.push(causes.tooLong('fieldManager', 'may not be more than 128 bytes'));
  problems.push(...unprintable(fieldManager));
  problems.push(...dryRunProblems(search.getAll('dryRun')));
  if (!['', 'Ignore', 'Strict', 'Warn'].includes(fieldValidation)) {
    problems.push(causes.notSupported('fieldValidation', JSON.stringify(fieldValidation), ['', 'Ignore', 'Strict', 'Warn']));
  }
  if (problems.length > 0) throw invalid({ group: 'meta.k8s.io', kind: optionsKind }, '', problems);
  return { dryRun: search.has('dryRun'), fieldManager, fieldValidation: fieldValidation as WriteOptions['fieldValidation'] };
}

function unprintable(fieldManager: string): StatusCause[] {
  return [...fieldManager.matchAll(/[\p{C}\p{Z}]/gu)].filter(([character]) => character !== ' ').map(({ 0: character, index }) => {
    const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    return causes.invalid('fieldManager', fieldManager, `invalid character U+${code} (at position ${Buffer.byteLength(fieldManager.slice(0, index))})`);
  });
}

function dryRunProblems(wishes: readonly string[]): StatusCause[] {
  return wishes.every((wish) => wish === 'All') ? [] : [causes.notSupported('dryRun', JSON.stringify(wishes), ['All'])];
}

interface DeleteAsked {
  readonly rawBody: Buffer;
  readonly headers: { readonly 'content-type'?: string };
  readonly search: URLSearchParams;
}

interface DeleteOptions {
  readonly dryRun: boolean;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly gracePeriodSeconds?: number;
}

/** From the body, or where there is none from the query. Throws 400 and 422. */
export async function deleteOptions({ rawBody, headers, search }: DeleteAsked): Promise<DeleteOptions> {
  const body = rawBody.length > 0 ? await deleteBody(rawBody, headers['content-type']) : deleteQuery(search);
  const dryRun = textsOf(body['dryRun']);
  const problems = [...deleteProblems(body), ...dryRunProblems(dryRun)];
  if (problems.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', problems);
  const { uid, resourceVersion } = objectOf(body['preconditions']);
  const grace = body['gracePeriodSeconds'];
  return {
    dryRun: dryRun.length > 0, ...(typeof uid === 'string' ? { uid } : {}), ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
    ...(typeof grace === 'number' ? { gracePeriodSeconds: grace } : {}),
  };
}

const deleteOptionTypes: Readonly<Record<string, (value: unknown) => boolean>> = {
  kind: isText, apiVersion: isText, gracePeriodSeconds: Number.isInteger, orphanDependents: isFlag, propagationPolicy: isText, ignoreStoreReadErrorWithClusterBreakingPotential: isFlag,
  preconditions: (value) => isObject(value) && Object.values(value).every((member) => member === null || isText(member)),
  dryRun: (value) => Array.isArray(value) && value.every(isText),
};

async function deleteBody(rawBody: Buffer, contentType: string | undefined): Promise<Record<string, unknown>> {
  const { value } = await decodeBody(rawBody, contentType, 'DeleteOptions').catch((error: unknown) => {
    throw error instanceof StatusError && error.code === 400 ? badRequest(error.message.replace('the object provided is unrecognized (must be of type DeleteOptions): ', '').replace(/ \([0-9a-f]*\)$/, '')) : error;
  });
  const body = Object.fromEntries(Object.entries(value as Record<string, unknown>).filter(([, member]) => member !== null));
  for (const [name, fits] of Object.entries(deleteOptionTypes)) {
    if (body[name] !== undefined && !fits(body[name])) throw badRequest(`json: cannot unmarshal into Go struct field DeleteOptions.${name}`);
  }
  const kind = body['kind'] ?? '';
  if (kind !== '' && kind !== 'DeleteOptions') throw badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(body['apiVersion'] ?? '')}`);
  return body;
}

function deleteQuery(search: URLSearchParams): Record<string, unknown> {
  const grace = search.get('gracePeriodSeconds') ?? '';
  if (grace !== '' && !/^[+-]?\d{1,15}$/.test(grace)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`);
  return {
    dryRun: search.getAll('dryRun'), ...(grace === '' ? {} : { gracePeriodSeconds: Number(grace) }), ...(search.has('orphanDependents') ? { orphanDependents: truthy(search.get('orphanDependents')) } : {}),
    ...(search.get('propagationPolicy') ? { propagationPolicy: search.get('propagationPolicy') } : {}),
  };
}

function deleteProblems({ propagationPolicy: policy, orphanDependents: orphan }: Record<string, unknown>): StatusCause[] {
  const problems: StatusCause[] = [];
  if (policy === undefined) return problems;
  if (orphan !== undefined) problems.push(causes.invalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set'));
  const policies = ['Foreground', 'Background', 'Orphan'];
  if (!policies.includes(policy as string)) problems.push(causes.notSupported('propagationPolicy', JSON.stringify(policy), [...policies, 'nil']));
  return problems;
}

export function getVersion(search: URLSearchParams): { resourceVersion?: number } {
  const text = search.get('resourceVersion') ?? '';
  if (text === '') return {};
  if (!versionPattern.test(text)) throw badRequest(`invalid resource version: ${text}`);
  return { resourceVersion: Number(text) };
}

/** Throws 400 and 422. */
export function listRequest(search: URLSearchParams, caller: Caller, version: string, watch = false): ListRequest {
  const limitText = search.get('limit') ?? '';
  for (const text of [limitText, search.get('timeoutSeconds') ?? '']) {
    if (text !== '' && !/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  const labels = parseLabelSelector(search.get('labelSelector') ?? '');
  const fields = parseFieldSelector(search.get('fieldSelector') ?? '');
  const at = search.get('resourceVersion') ?? '';
  const match = search.get('resourceVersionMatch') ?? '';
  checkVersionMatch(search, at, match, watch);
  if (at !== '' && !versionPattern.test(at)) throw badRequest(`invalid resource version: ${at}`);
  return {
    caller, version, labels, fields, search, limit: limitText === '' ? 0 : Math.min(Number(limitText), limitMax), continueToken: search.get('continue') ?? '',
    ...(at === '' ? {} : { resourceVersion: Number(at) }), ...(match === '' ? {} : { resourceVersionMatch: match as 'Exact' | 'NotOlderThan' }),
  };
}

function checkVersionMatch(search: URLSearchParams, at: string, match: string, watch: boolean): void {
  const problem = (cause: StatusCause) => invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [cause]);
  const initial = search.get('sendInitialEvents');
  if (initial !== null && !watch) throw problem(causes.forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  if (initial !== null && match !== 'NotOlderThan' && truthy(initial)) {
    throw problem(causes.forbidden('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  }
  if (match === '') return;
  if (watch && initial === null) throw problem(causes.forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'));
  if (at === '' && !watch) throw problem(causes.forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
  if (search.get('continue')) throw problem(causes.forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'));
  if (match !== 'Exact' && match !== 'NotOlderThan') throw problem(causes.notSupported('resourceVersionMatch', JSON.stringify(match), ['Exact', 'NotOlderThan', '']));
  if (match === 'Exact' && at === '0') throw problem(causes.forbidden('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
}
