/**
 * The few schema makers that routes and readers use, typed as TypeBox types them. TypeBox itself is 370 modules, a third of a start-up;
 * what it would make here are these plain objects.
 */
import type { TSchema, Type as TypeBox } from 'typebox';

export type { Static, TSchema } from 'typebox';

type Options = Readonly<Record<string, unknown>>;
type Makers = Pick<typeof TypeBox, 'String' | 'Boolean' | 'Integer' | 'Number' | 'Unknown' | 'Any' | 'Null' | 'Literal' | 'Array' | 'Object' | 'Record' | 'Union' | 'Optional'>;

const optionalMark = '~optional';
const isOptional = (schema: object) => optionalMark in schema;

const makers = {
  String: (options: Options = {}) => ({ type: 'string', ...options }),
  Boolean: (options: Options = {}) => ({ type: 'boolean', ...options }),
  Integer: (options: Options = {}) => ({ type: 'integer', ...options }),
  Number: (options: Options = {}) => ({ type: 'number', ...options }),
  Unknown: (options: Options = {}) => ({ ...options }),
  Any: (options: Options = {}) => ({ ...options }),
  Null: (options: Options = {}) => ({ type: 'null', ...options }),
  Literal: (value: string | number | boolean, options: Options = {}) => ({ type: typeof value, const: value, ...options }),
  Array: (items: TSchema, options: Options = {}) => ({ type: 'array', items, ...options }),
  Object: (properties: Readonly<Record<string, TSchema>>, options: Options = {}) => {
    const required = Object.keys(properties).filter((key) => !isOptional(properties[key]!));
    return { type: 'object', ...(required.length > 0 ? { required } : {}), properties, ...options };
  },
  Record: (_key: TSchema, value: TSchema, options: Options = {}) => ({ type: 'object', patternProperties: { '^.*$': value }, ...options }),
  Union: (anyOf: readonly TSchema[], options: Options = {}) => ({ anyOf, ...options }),
  /** Marked out of sight: the mark is no part of the schema that the API description shows. */
  Optional: (schema: TSchema) => Object.defineProperty({ ...schema }, optionalMark, { value: true, enumerable: false }),
};

export const Type = makers as unknown as Makers;
