/** Narrowing of JSON that nobody has described: what has the wrong type counts as not there. */

import { isExactNumber } from './exact-json.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** A number that is kept as it was written looks like an object, and is none. */
export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);
export const objectOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {});
export const objectsOf = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isObject) : []);
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
export const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);
export const numberOf = (value: unknown, otherwise: number): number => (typeof value === 'number' && Number.isFinite(value) ? value : otherwise);
