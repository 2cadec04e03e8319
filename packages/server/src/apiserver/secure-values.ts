/**
 * Inline secure values (apiserver-and-storage §3.5): secrets that come in with an object, are kept encrypted beside it, and are answered by
 * name only. What is not mentioned stays; what the object is deleted with, goes.
 */
import { randomBytes } from 'node:crypto';
import { isObject } from '../util/json-value.ts';
import { Type } from '../web/schema.ts';
import { badRequest, causes, invalid, type StatusCause } from './status.ts';

interface SecureValue {
  readonly name: string;
  /** Encrypted. */
  readonly value: string;
}

export type SecureValues = Readonly<Record<string, SecureValue>>;

/** Member `secure`, for the API description. */
export const InlineSecureValues = Type.Record(Type.String(), Type.Object({ create: Type.Optional(Type.String()), name: Type.Optional(Type.String()), remove: Type.Optional(Type.Boolean()) }));

const valueBytesMax = 24_576;
const keyPattern = /^[a-zA-Z0-9]([-a-zA-Z0-9_.]{0,251}[a-zA-Z0-9])?$/;
/** Names of secrets that data sources own. */
const reservedPrefix = 'lds-sv-';

export const parseSecure = (text: string): SecureValues => (text === '' ? {} : (JSON.parse(text) as SecureValues));

/** The member `secure` of an answer; undefined where the object has none. */
export function shownSecure(text: string): Readonly<Record<string, { name: string }>> | undefined {
  if (text === '') return undefined;
  return Object.fromEntries(Object.entries(parseSecure(text)).map(([key, { name }]) => [key, { name }]));
}

export interface SettleSecure {
  readonly kind: { readonly group: string; readonly kind: string };
  /** Of the object. */
  readonly name: string;
  /** What the client sent. */
  readonly sent: unknown;
  /** JSON text of what is stored. */
  readonly stored: string;
  encrypt(plain: string): Promise<string>;
}

/** JSON text of what is to be stored. Throws a 400 or 422 for what is no wish that can be met. */
export async function settleSecure({ kind, name, sent, stored, encrypt }: SettleSecure): Promise<string> {
  if (sent === undefined || sent === null) return stored;
  if (!isObject(sent)) throw badRequest(`${kind.kind} cannot be handled as a ${kind.kind}: json: cannot unmarshal into field secure`);
  const values = new Map(Object.entries(parseSecure(stored)));
  const problems: StatusCause[] = [];
  for (const [key, wish] of Object.entries(sent)) {
    if (wish === null) continue;
    const problem = objection(key, wish, values.get(key));
    if (problem) {
      problems.push(problem);
      continue;
    }
    const { create, remove } = wish as { create?: string; remove?: boolean };
    if (create !== undefined) values.set(key, { name: `sv-${randomBytes(10).toString('hex')}`, value: await encrypt(create) });
    else if (remove) values.delete(key);
  }
  if (problems.length > 0) throw invalid(kind, name, problems);
  return values.size === 0 ? '' : JSON.stringify(Object.fromEntries(values));
}

function objection(key: string, wish: unknown, known: SecureValue | undefined): StatusCause | undefined {
  const field = `secure.${key}`;
  if (!keyPattern.test(key)) return causes.invalid('secure', key, 'not a name of a secure value');
  if (!isObject(wish)) return { reason: 'FieldValueInvalid', message: 'Invalid value: one of create, name or remove is expected', field };
  const { create, name, remove } = wish;
  // A patch adds to what was answered, and that is the name.
  const named = name !== undefined && name !== '' && !(name === known?.name && (create !== undefined || remove === true));
  if ([create !== undefined, named, remove === true].filter(Boolean).length !== 1) {
    return { reason: 'FieldValueInvalid', message: 'Invalid value: exactly one of create, name or remove is expected', field };
  }
  if (create !== undefined) {
    const bytes = typeof create === 'string' ? Buffer.byteLength(create) : 0;
    return bytes >= 1 && bytes <= valueBytesMax ? undefined : { reason: 'FieldValueInvalid', message: `Invalid value: create must be 1 to ${valueBytesMax} bytes of text`, field };
  }
  if (remove === true) return known ? undefined : { reason: 'FieldValueNotFound', message: 'Not found: there is no such secure value to remove', field };
  if (typeof name !== 'string') return causes.invalid(field, name, 'name must be text');
  if (name === known?.name) return undefined;
  return name.startsWith(reservedPrefix) ? causes.forbidden(field, `names that begin with ${reservedPrefix} are reserved`) : { reason: 'FieldValueNotFound', message: `Not found: ${JSON.stringify(name)}`, field };
}
