/** The second generation in the API description (apiserver-and-storage §1.3): made from what validates it. */
import type { TSchema } from 'typebox';
import { v2Definitions, type Shape, type V2Version } from './v2-schema.ts';

type Json = Record<string, unknown>;

/** Definitions by name; they refer to each other by these names. The spec is `DashboardSpec`. */
export function describedV2(version: V2Version): Readonly<Record<string, TSchema>> {
  return Object.fromEntries(Object.entries(v2Definitions[version]).map(([name, shape]) => [nameOf(name), described(shape) as unknown as TSchema]));
}

const nameOf = (definition: string) => `Dashboard${definition}`;

function described(shape: Shape): Json {
  const { $ref, union, properties, items, additionalProperties, anyOf, enum: words, const: word, nullable, ...rest } = shape;
  if ($ref !== undefined) return { $ref: nameOf($ref) };
  // Compat: a choice of kinds is told as an object with a member for each.
  if (union) return { type: 'object', description: `One of these, told apart by \`${union.by}\`.`, properties: Object.fromEntries(union.of.map((name) => [name, { $ref: nameOf(name) }])) };
  if (anyOf) return { description: `One of: ${anyOf.map(({ type }) => type).join(', ')}.` };
  return {
    ...rest,
    ...(words ? { description: `One of: ${words.join(', ')}.` } : {}), ...(word === undefined ? {} : { description: `Always ${word}.` }), ...(nullable ? { nullable } : {}),
    ...(properties ? { properties: Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, described(member)])) } : {}),
    ...(items ? { items: described(items) } : {}),
    ...(additionalProperties ? { additionalProperties: Object.keys(additionalProperties).length > 0 ? described(additionalProperties) : { type: 'object' } } : {}),
  };
}
