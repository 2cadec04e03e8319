/** Dashboards of the second generation for property tests: every kind of panel, variable, annotation, link and layout, as a browser writes them. */
import fc from 'fast-check';
import { isObject } from '../../../util/json-value.ts';
import type { Json } from './document.ts';
import { v2Definitions, type Definitions, type Shape, type V2Version } from './v2-schema.ts';
import { typedV2 } from './v2-typed.ts';

/** No name of a member. */
const word = fc.stringMatching(/^x-[a-z]{1,4}$/);
/** What JSON keeps as it is. */
const anything: fc.Arbitrary<unknown> = fc.oneof(word, fc.integer({ min: -1000, max: 1000 }), fc.boolean(), fc.array(word, { maxLength: 2 }), fc.dictionary(word, word, { maxKeys: 2 }));
const layoutDepthMax = 2;

/** Any document that the description allows. */
export const anyV2 = (version: V2Version): fc.Arbitrary<Record<string, unknown>> => arbitraryOf(v2Definitions[version], { $ref: 'Spec' }, 0) as fc.Arbitrary<Record<string, unknown>>;

function arbitraryOf(definitions: Definitions, shape: Shape, depth: number): fc.Arbitrary<unknown> {
  if (shape.$ref !== undefined) return arbitraryOf(definitions, definitions[shape.$ref]!, depth);
  if (shape.union) {
    const nests = shape.union.of.includes('RowsLayoutKind');
    // What holds layouts must end somewhere.
    const of = nests && depth >= layoutDepthMax ? shape.union.of.filter((name) => name !== 'RowsLayoutKind' && name !== 'TabsLayoutKind') : shape.union.of;
    return fc.oneof(...of.map((name) => arbitraryOf(definitions, definitions[name]!, nests ? depth + 1 : depth)));
  }
  if (shape.anyOf) return fc.oneof(...shape.anyOf.map((option) => arbitraryOf(definitions, option, depth)));
  if (shape.const !== undefined) return fc.constant(shape.const);
  if (shape.enum) return fc.constantFrom(...shape.enum);
  switch (shape.type) {
    case 'string': return fc.oneof(fc.constant(''), word);
    case 'boolean': return fc.boolean();
    case 'number': case 'integer': return shape.nullable ? fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 30 })) : fc.integer({ min: 0, max: 30 });
    case 'array': return fc.array(arbitraryOf(definitions, shape.items!, depth), { maxLength: 2 });
    case 'object': {
      if (!shape.properties) return fc.dictionary(word, Object.keys(shape.additionalProperties!).length > 0 ? arbitraryOf(definitions, shape.additionalProperties!, depth) : anything, { maxKeys: 2 });
      const members = Object.fromEntries(Object.entries(shape.properties).map(([name, member]) => [name, arbitraryOf(definitions, member, depth)]));
      return fc.record(members, { requiredKeys: [...(shape.required ?? [])], noNullPrototype: true });
    }
    case undefined: return anything;
    default: throw new Error(`${shape.type satisfies never} is no type`);
  }
}

/** A dashboard whose places and panels go together, and that has no empty list where one may be missing. */
export const anyDashboard: fc.Arbitrary<Record<string, unknown>> = fc.tuple(anyV2('v2beta1'), fc.array(arbitraryOf(v2Definitions.v2beta1, { $ref: 'Element' }, 0), { minLength: 1, maxLength: 3 }))
  .map(([spec, elements]) => typedV2(placed(spec, elements as Json[]), 'v2beta1'));

function placed(spec: Json, elements: readonly Json[]): Json {
  const own: Json = {};
  let n = 0;
  const layout = JSON.parse(JSON.stringify(spec['layout']), (_key, value: unknown) => {
    if (!isObject(value) || value['kind'] !== 'ElementReference') return value;
    const element = elements[n % elements.length]!;
    const name = `panel-${++n}`;
    own[name] = { ...element, spec: { ...(element['spec'] as Json), id: n } };
    return { ...value, name };
  }) as unknown;
  // Queries are of the only version that there is.
  return JSON.parse(JSON.stringify({ ...spec, layout, elements: own }), (_key, value: unknown) => {
    if (!isObject(value)) return value;
    // A switch is on or off.
    if (value['kind'] === 'SwitchVariable') return { ...value, spec: { ...(value['spec'] as Json), current: 'on', enabledValue: 'on', disabledValue: 'off' } };
    if (value['kind'] === 'PanelQuery') return { ...value, spec: { ...(value['spec'] as Json), refId: 'A' } };
    const { kind, spec: inner } = value;
    // A transformation has its name twice.
    if (isObject(inner) && Object.keys(value).length === 2 && 'options' in inner && typeof inner['id'] === 'string' && typeof kind === 'string') return { kind: `t${kind}`, spec: { ...inner, id: `t${kind}` } };
    if (kind !== 'DataQuery') return value;
    const { labels: _, ...query } = value;
    return { ...query, version: 'v0' };
  }) as Json;
}
