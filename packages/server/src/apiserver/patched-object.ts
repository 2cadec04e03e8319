/** What comes of a patch or of an apply: read as an object of its kind, or refused in the words of Kubernetes (apiserver-and-storage §4.4). */
import { textOf } from '../util/json-value.ts';
import type { ObjectMeta } from './api-object.ts';
import { checkMetadata, decodeObjectOf, type Decoded } from './decode.ts';
import { apiVersionOf, type Caller, type Kind, type WriteOptions } from './kind.ts';
import { badRequest, causes, StatusError, type StatusCause } from './status.ts';

export function placeIn(caller: Caller, meta: ObjectMeta): void {
  if (meta.namespace && meta.namespace !== caller.namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  meta.namespace = caller.namespace;
}

export interface PatchedForm {
  /** What was wrong with the patch already. */
  readonly problems: readonly string[];
  /** What a refusal shows. */
  readonly shown: () => string;
}

/** Throws 400 and 422. */
export function decodePatched(value: Record<string, unknown>, kind: Kind, version: string, name: string, caller: Caller, options: WriteOptions, { problems, shown }: PatchedForm) {
  let decoded: Decoded;
  try {
    for (const member of ['kind', 'apiVersion']) {
      if (typeof value[member] !== 'string' || value[member] === '') throw badRequest(`Object '${member === 'kind' ? 'Kind' : member}' is missing in '${JSON.stringify(value)}'`);
    }
    decoded = decodeObjectOf(value, { kind, version, validation: options.fieldValidation === 'Strict' ? 'Warn' : options.fieldValidation });
  } catch (error) {
    // What a patch makes of an object is not the body's fault but the patch's.
    if (!(error instanceof StatusError) || error.code !== 400) throw error;
    throw invalidPatch(shown(), error.message.replace(/^.*? cannot be handled as an? \w+: /, ''));
  }
  const warnings = [...problems, ...decoded.warnings];
  if (options.fieldValidation === 'Strict' && warnings.length > 0) throw invalidPatch(shown(), `strict decoding error: ${warnings.join(', ')}`);
  const meta = decoded.object.metadata;
  placeIn(caller, meta);
  checkNamed(meta, name);
  checkMetadata(kind, meta);
  return { ...decoded, warnings };
}

export function checkNamed(meta: ObjectMeta, name: string): void {
  if (!meta.name) throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (meta.name !== name) throw badRequest(`the name of the object (${meta.name}) does not match the name on the URL (${name})`);
}

/** What is applied has to be of the schema, whoever owns what. */
export function checkApplied(config: Record<string, unknown>, kind: Kind, version: string, name: string, { namespace }: Caller): void {
  try {
    decodeObjectOf(config, { kind, version, validation: 'Strict' });
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 400) throw error;
    const why = error.message.replace(/^.*? cannot be handled as an? \w+: (strict decoding error: )?/, '').replaceAll(/unknown field "([^"]*)"/g, '.$1: field not declared in schema');
    throw badRequest(`failed to create typed patch object (${namespace}/${name}; ${apiVersionOf(kind, version)}, Kind=${kind.kind}): ${why}`);
  }
}

/** `group/version, Kind=Kind` */
export function shownType({ apiVersion, kind }: Record<string, unknown>): string {
  const text = textOf(apiVersion);
  return `${text.includes('/') ? text : `/${text}`}, Kind=${textOf(kind)}`;
}

function invalidPatch(shown: string, why: string): StatusError {
  const cause: StatusCause = causes.invalid('patch', shown, why);
  return new StatusError(422, 'Invalid', ` "" is invalid: patch: ${cause.message}`, { causes: [cause] });
}

export function applyConflict(conflicts: readonly { manager: string; path: string }[]): StatusError {
  const told = conflicts.length === 1
    ? `Apply failed with 1 conflict: conflict with "${conflicts[0]!.manager}": ${conflicts[0]!.path}`
    : `Apply failed with ${conflicts.length} conflicts: ${conflicts.map(({ manager, path }) => `conflict with "${manager}": ${path}`).join('\n')}`;
  return new StatusError(409, 'Conflict', told, { causes: conflicts.map(({ manager, path }) => ({ reason: 'FieldManagerConflict', message: `conflict with "${manager}"`, field: path })) });
}
