import { Type } from './schema.ts';
import { describe, expect, test } from 'vitest';
import { BindError, bindJson, bindJsonRequest, bindQuery, bindValue } from './bind.ts';

const Playlist = Type.Object({
  name: Type.String(), interval: Type.Integer(), tags: Type.Array(Type.String()), shared: Type.Boolean(),
  note: Type.Optional(Type.String()), meta: Type.Record(Type.String(), Type.Unknown()),
});

describe('binding a JSON body', () => {
  test('what a handler binds itself is declared as JSON too', () => {
    const request = (type: string | undefined) => ({ headers: { 'content-type': type }, rawBody: Buffer.from('{"a":1}') });
    const schema = Type.Object({ a: Type.Integer() });
    for (const type of ['application/json', 'Application/JSON; charset=utf-8']) expect(bindJsonRequest(schema, request(type))).toEqual({ a: 1 });
    for (const type of [undefined, 'text/plain', 'application/jsonp', 'application/x-www-form-urlencoded']) expect(() => bindJsonRequest(schema, request(type))).toThrow(BindError);
  });

  test('absent and null members get their zero value, optional ones stay absent', () => {
    expect(bindValue(Playlist, { name: 'a', interval: null, note: null })).toEqual({ name: 'a', interval: 0, tags: [], shared: false, meta: {} });
    expect(bindValue(Playlist, undefined)).toEqual({ name: '', interval: 0, tags: [], shared: false, meta: {} });
  });

  test('keys match in any case, and of several spellings the last one counts', () => {
    expect(bindValue(Playlist, { NAME: 'upper' })['name']).toBe('upper');
    expect(bindValue(Playlist, { name: 'exact', NAME: 'upper' })['name']).toBe('upper');
    expect(bindValue(Playlist, { NAME: 'upper', name: 'exact' })['name']).toBe('exact');
    expect(bindValue(Playlist, { name: 'kept', NAME: null })['name']).toBe('kept');
  });

  test.each([
    [{ name: 7 }, 'name'], [{ interval: 1.5 }, 'interval'], [{ interval: '1' }, 'interval'], [{ tags: 'x' }, 'tags'],
    [{ tags: [1] }, 'tags.0'], [{ shared: 'true' }, 'shared'], [[], 'body'], ['text', 'body'],
  ])('%j is refused and names %s', (value, path) => {
    expect(() => bindValue(Playlist, value)).toThrow(new RegExp(`^${path}:`));
  });

  test('a member called __proto__ is data, not a prototype', () => {
    const bound = bindJson(Type.Object({ meta: Type.Record(Type.String(), Type.Unknown()) }), '{"meta":{"__proto__":{"admin":true}}}');
    expect(Object.getPrototypeOf(bound.meta)).toBe(Object.prototype);
    expect(Object.keys(bound.meta)).toEqual(['__proto__']);
  });

  test('what follows the first value is not looked at; a broken value is an error', () => {
    expect(bindJson(Type.Object({ a: Type.Integer() }), '{"a":1} and more')).toEqual({ a: 1 });
    expect(() => bindJson(Type.Object({ a: Type.Integer() }), '{"a":')).toThrow(BindError);
  });
});

test('a query binds numbers, booleans and repeated keys, and forgives what it cannot read', () => {
  const Query = Type.Object({ limit: Type.Integer(), starred: Type.Boolean(), tag: Type.Array(Type.String()), q: Type.Optional(Type.String()) });
  expect(bindQuery(Query, new URLSearchParams('limit=abc&starred=T&tag=a&tag=b'))).toEqual({ limit: 0, starred: true, tag: ['a', 'b'] });
});
