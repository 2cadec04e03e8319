/** Errors of the Kubernetes-style API, all told as a `Status` (apiserver-and-storage §4.7). */
import { isTooLargeForDatabase, isUnstorableText } from '../infra/db/database-errors.ts';
import { bodyBytesMaxDefault } from '../web/body.ts';
import { ApiError } from '../web/errors.ts';
import { BindError } from '../web/bind.ts';
import { BadContinueTokenError } from '../storage/sql-resource-store.ts';
import { ResourceStoreError } from '../storage/resource-store.ts';

export interface StatusCause {
  readonly reason?: string;
  readonly message: string;
  readonly field: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: object;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: StatusDetails, cause?: unknown) {
    super(message, { cause });
    this.name = 'StatusError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}

/** What messages and details name: `playlists` of `playlist.grafana.app`, kind `Playlist`. */
export interface Named {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

const qualified = ({ group, plural }: Named) => `${plural}.${group}`;
const detailsOf = ({ group, plural }: Named, name?: string): StatusDetails => ({ ...(name ? { name } : {}), group, kind: plural });

export const badRequest = (message: string, cause?: unknown) => new StatusError(400, 'BadRequest', message, undefined, cause);
export const noSuchResource = () => new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
export const methodNotAllowed = () => new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
export const verbNotSupported = (kind: Named, verb: string) =>
  new StatusError(405, 'MethodNotAllowed', `${verb} is not supported on resources of kind "${qualified(kind)}"`, { group: kind.group, kind: kind.plural });
export const objectNotFound = (kind: Named, name: string) => new StatusError(404, 'NotFound', `${qualified(kind)} "${name}" not found`, detailsOf(kind, name));
export const alreadyExists = (kind: Named, name: string) => new StatusError(409, 'AlreadyExists', `${qualified(kind)} "${name}" already exists`, detailsOf(kind, name));
export const conflict = (kind: Named, name: string, why = 'the object has been modified; please apply your changes to the latest version and try again') =>
  new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(kind)} "${name}": ${why}`, detailsOf(kind, name));
/** A precondition of a deletion names the kind, not the resource. */
export const preconditionFailed = ({ group, kind }: Named, name: string, why: string) =>
  new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${kind}.${group} "${name}": ${why}`, { name, group, kind });

export function invalid(kind: { readonly group: string; readonly kind: string }, name: string, causes: readonly StatusCause[]): StatusError {
  const told = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const text = told.length === 1 ? told[0]! : `[${told.join(', ')}]`;
  return new StatusError(422, 'Invalid', `${kind.kind}.${kind.group} "${name}" is invalid: ${text}`, { ...(name ? { name } : {}), group: kind.group, kind: kind.kind, causes });
}

export const causes = {
  required: (field: string, message: string): StatusCause => ({ reason: 'FieldValueRequired', message: `Required value: ${message}`, field }),
  invalid: (field: string, value: unknown, message: string): StatusCause => ({ reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${message}`, field }),
  notSupported: (field: string, shown: string, supported: readonly string[]): StatusCause =>
    ({ reason: 'FieldValueNotSupported', message: `Unsupported value: ${shown}: supported values: ${supported.map((value) => JSON.stringify(value)).join(', ')}`, field }),
  forbidden: (field: string, message: string): StatusCause => ({ reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field }),
  tooLong: (field: string, message: string): StatusCause => ({ reason: 'FieldValueTooLong', message: `Too long: ${message}`, field }),
};

const reasonOf: Record<number, string> = {
  400: 'BadRequest', 401: 'Unauthorized', 403: 'Forbidden', 404: 'NotFound', 405: 'MethodNotAllowed', 406: 'NotAcceptable', 409: 'Conflict', 410: 'Gone',
  413: 'RequestEntityTooLarge', 415: 'UnsupportedMediaType', 422: 'Invalid', 429: 'TooManyRequests', 500: 'InternalError', 501: 'Not implemented', 503: 'ServiceUnavailable', 504: 'Timeout',
};

/** Any thrown thing as a Status; undefined for what is a fault of ours. */
export function statusOf(error: unknown, kind?: Named): Status | undefined {
  const known = knownError(error, kind);
  if (!known) return undefined;
  const { code, reason, message, details } = known;
  return {
    kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', ...(message ? { message } : {}), ...(reason ? { reason } : {}),
    ...(details ? { details } : {}), code,
  };
}

/** What an error says beside its text. */
function causesOf({ extra }: ApiError): Pick<StatusDetails, 'causes'> {
  const told = Object.entries(extra ?? {});
  return told.length === 0 ? {} : { causes: told.map(([field, value]) => ({ message: JSON.stringify(value), field })) };
}

/** Of a body that is refused before anybody looks for a kind. */
export const bodyTooLarge = () => new ApiError(413, `Request entity too large: limit is ${bodyBytesMaxDefault}`, {
  extra: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'RequestEntityTooLarge', code: 413 },
});

function knownError(error: unknown, kind?: Named): Pick<StatusError, 'code' | 'reason' | 'message' | 'details'> | undefined {
  if (error instanceof StatusError) return error;
  if (error instanceof ApiError) {
    return { code: error.status, reason: reasonOf[error.status] ?? '', message: error.message, details: error.messageId ? { uid: error.messageId, ...causesOf(error) } : undefined };
  }
  if (error instanceof BindError) return badRequest(error.message);
  if (isUnstorableText(error)) return badRequest('the request holds a text that cannot be stored');
  if (isTooLargeForDatabase(error)) return new StatusError(413, 'RequestEntityTooLarge', 'the object is larger than the database takes');
  // Nested so deep that nobody can follow; the body is to blame.
  if (error instanceof RangeError && error.message.includes('call stack')) return badRequest('the object is nested too deep');
  if (error instanceof BadContinueTokenError) return badRequest(error.message);
  if (!(error instanceof ResourceStoreError)) return undefined;
  const named = kind ?? { group: error.key.group, plural: error.key.resource, kind: error.key.resource };
  switch (error.kind) {
    case 'already-exists': return alreadyExists(named, error.key.name);
    case 'conflict': return conflict(named, error.key.name);
    case 'not-found': return objectNotFound(named, error.key.name);
    case 'gone': return new StatusError(410, 'Expired', 'The resourceVersion for the provided watch is too old.');
    default: return error.kind satisfies never;
  }
}
