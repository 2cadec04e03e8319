import { Type as TypeBox } from 'typebox';
import { expect, test } from 'vitest';
import { Type } from './schema.ts';

const samples = (type: typeof Type) => [
  type.String({ minLength: 1 }), type.Boolean(), type.Integer({ minimum: 0 }), type.Number(), type.Unknown(), type.Null(), type.Literal('a'), type.Literal(1),
  type.Array(type.String()), type.Record(type.String(), type.Integer()), type.Union([type.String(), type.Null()]),
  type.Object({ a: type.String(), b: type.Optional(type.Object({ c: type.Boolean() })), d: type.Optional(type.Array(type.Unknown())) }, { additionalProperties: false }),
  type.Object({ a: type.Optional(type.String()) }), type.Object({}),
];

test('the schemas are those of TypeBox', () => {
  expect(JSON.parse(JSON.stringify(samples(Type)))).toEqual(JSON.parse(JSON.stringify(samples(TypeBox as unknown as typeof Type))));
});
