import { dataSourceErrors } from './data-source.ts';

/** A number as the reference's router reads one: signed, of 64 bits. */
export function parseId(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw dataSourceErrors.idInvalid();
  const exact = BigInt(text.replace(/^\+/, ''));
  if (BigInt.asIntN(64, exact) !== exact) throw dataSourceErrors.idInvalid();
  return Number(exact);
}
