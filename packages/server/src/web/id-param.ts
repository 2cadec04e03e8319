import { badRequest } from './errors.ts';

/** A path parameter that is a number; 400 if it is none. */
export function idParam(params: Readonly<Record<string, string>>, name: string): number {
  const text = params[name] ?? '';
  if (!/^-?\d{1,15}$/.test(text)) throw badRequest(`${name} is invalid`);
  return Number(text);
}
