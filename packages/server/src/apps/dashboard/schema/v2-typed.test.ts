import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Json } from './document.ts';
import { describedV2 } from './v2-description.ts';
import { anyV2 } from './v2-fixtures.ts';
import { v2Definitions, type V2Version } from './v2-schema.ts';
import { fittedV2, typedV2, unknownInV2, V2TypeError, violationsOfV2 } from './v2-typed.ts';

vi.setConfig({ testTimeout: 120_000 });

const versions: readonly V2Version[] = ['v2alpha1', 'v2beta1'];
/** The same documents every time. */
const seed = 154;
const empty = typedV2({ title: 'T', layout: { kind: 'GridLayout', spec: {} } }, 'v2beta1');
const full = (more: Json): Json => typedV2({
  title: 'T', annotations: [], links: [], tags: [], variables: [], elements: {}, cursorSync: 'Off', layout: { kind: 'GridLayout', spec: { items: [] } },
  timeSettings: { from: 'now-6h', to: 'now', autoRefresh: '', autoRefreshIntervals: [] }, ...more,
}, 'v2beta1');

describe.each(versions)('%s', (version) => {
  test('whatever the description allows is kept as it is, and nothing is wrong with it', () => {
    fc.assert(fc.property(anyV2(version), (spec) => {
      const read = typedV2(spec, version);
      // Empty lists and maps that may be missing are missing.
      expect(typedV2(read, version)).toEqual(read);
      expect(violationsOfV2(read, version)).toEqual([]);
    }), { numRuns: 150, seed });
  });

  test('every definition is told, and every reference leads to one', () => {
    const described = describedV2(version);
    const references = [...JSON.stringify(described).matchAll(/"\$ref":"(\w+)"/g)].map(([, name]) => name!);
    expect(Object.keys(described)).toHaveLength(Object.keys(v2Definitions[version]).length);
    expect(references.filter((name) => !Object.hasOwn(described, name))).toEqual([]);
    // Nobody describes what nobody uses.
    expect(Object.keys(described).filter((name) => name !== 'DashboardSpec' && !references.includes(name))).toEqual([]);
  });
});

describe('reading', () => {
  test('what is missing is there, and empty', () => {
    expect(empty).toMatchObject({ annotations: null, cursorSync: '', elements: null, preload: false, timeSettings: { from: '', autoRefreshIntervals: null, fiscalYearStartMonth: 0 } });
    expect(empty).not.toHaveProperty('description');
  });

  test('what is unknown goes, however deep it lies', () => {
    const spec = full({ colour: 'red', variables: [{ kind: 'TextVariable', spec: { name: 'n', colour: 'red' } }] });
    expect(JSON.stringify(spec)).not.toContain('colour');
    expect(spec['variables']).toMatchObject([{ kind: 'TextVariable', spec: { name: 'n', query: '', hide: '' } }]);
  });

  test('what is unknown is named, outside of what is one of several kinds', () => {
    const spec = { title: 'T', colour: 'red', links: [{}, { size: 1 }], timeSettings: { from: '', zone: '' }, layout: { kind: 'GridLayout', spec: { colour: 1 } }, variables: [{ kind: 'TextVariable', colour: 1 }] };
    expect(unknownInV2(spec, 'v2beta1')).toEqual(['colour', 'links[1].size', 'timeSettings.zone']);
    for (const odd of [undefined, null, 4, 'x', []]) expect(unknownInV2(odd, 'v2beta1')).toEqual([]);
  });

  test('options of panels and queries are free', () => {
    const options = { a: [1, { b: null }], __proto: { x: 1 } };
    const element = { kind: 'Panel', spec: { id: 1, title: 'P', vizConfig: { kind: 'VizConfig', group: 'text', version: '', spec: { options } } } };
    expect((full({ elements: { 'panel-1': element } })['elements'] as Json)['panel-1']).toMatchObject({ spec: { vizConfig: { spec: { options } } } });
  });

  test.each([
    [{ title: 5 }, 'json: cannot unmarshal number into Go struct field DashboardSpec.spec.title of type string'],
    [{ tags: 'a' }, 'cannot unmarshal string into Go struct field DashboardSpec.spec.tags'],
    [{ tags: [1] }, 'cannot unmarshal number into Go struct field DashboardSpec.spec.tags of type string'],
    [{ elements: [] }, 'cannot unmarshal array into'],
    [{ layout: { kind: 'HexLayout', spec: {} } }, 'could not unmarshal resource with `kind = HexLayout`'],
    [{ layout: { spec: {} } }, "discriminator field 'kind' not found in map"],
    [{ variables: [{ kind: 'QueryVariable', spec: { multi: 'yes' } }] }, 'of type bool'],
    [{ timeSettings: { fiscalYearStartMonth: 1.5 } }, 'DashboardTimeSettingsSpec.spec.timeSettings.fiscalYearStartMonth of type int64'],
  ])('refuses %j', (spec, message) => {
    expect(() => typedV2(spec, 'v2beta1')).toThrow(V2TypeError);
    expect(() => typedV2(spec, 'v2beta1')).toThrow(message);
  });

  test('survives whatever it is given', () => {
    fc.assert(fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(v2Definitions.v2beta1['Spec']!.properties!)), (value, key) => {
      for (const version of versions) {
        try {
          violationsOfV2(typedV2({ [key]: value }, version), version);
        } catch (error) {
          expect(error).toBeInstanceOf(V2TypeError);
        }
      }
    }), { numRuns: 300, seed });
  });
});

describe('words', () => {
  const paths = (spec: Json) => [...new Set(violationsOfV2(spec, 'v2beta1').map(({ path }) => path))];

  test('a wrong one is told with all that are right', () => {
    expect(violationsOfV2(full({ cursorSync: 'Sideways' }), 'v2beta1')).toEqual(['Crosshair', 'Off', 'Tooltip'].map((right) => ({ path: 'cursorSync', message: `conflicting values "${right}" and "Sideways"` })));
  });

  test('are looked at in every depth', () => {
    const text = { kind: 'TextVariable', spec: { name: 'n', hide: 'perhaps', current: { text: '', value: '' }, query: '' } };
    expect(paths(full({ variables: [text] }))).toEqual(['variables.0.spec.hide']);
    const autoGrid = { kind: 'AutoGridLayout', spec: { columnWidthMode: 'wide', rowHeightMode: 'huge', items: [] } };
    const tabs = { kind: 'TabsLayout', spec: { tabs: [{ kind: 'TabsLayoutTab', spec: { title: 'T', layout: autoGrid } }] } };
    expect(paths(full({ layout: tabs }))).toEqual(['layout.spec.tabs.0.spec.layout.spec.rowHeightMode']);
  });

  test('a layout without items is refused, a classic dashboard passes and is empty', () => {
    expect(paths(full({ layout: { kind: 'GridLayout', spec: {} } }))).toEqual(['layout.spec.items']);
    expect(violationsOfV2(empty, 'v2beta1')).toEqual([]);
  });
});

describe('making it fit', () => {
  test('what is of another type is left out, and nothing beside it', () => {
    const panel = { kind: 'Panel', spec: { id: 1, title: 4, links: [{ title: 'a', url: 7 }, 'x'], vizConfig: { kind: 'VizConfig', group: 'g', version: '1', spec: { options: { a: 1 }, fieldConfig: { defaults: { unit: 'ms', decimals: '2', mappings: [{ type: 1 }, { type: 'value', options: {} }] }, overrides: 'none' } } } } };
    const spec = fittedV2({ title: 'T', elements: { 'panel-1': panel, odd: 4, alien: { kind: 'Alien' } }, layout: { kind: 'Hex' }, tags: ['a', 1], variables: [{ kind: 'Alien' }, null, { kind: 'TextVariable', spec: { name: 'n', skipUrlSync: 'no' } }] }, 'v2beta1');
    expect(spec).toMatchObject({ title: 'T', tags: ['a'], layout: null, variables: [{ kind: 'TextVariable', spec: { name: 'n', skipUrlSync: false } }] });
    expect(Object.keys(spec['elements'] as Json)).toEqual(['panel-1']);
    expect((spec['elements'] as Json)['panel-1']).toMatchObject({
      spec: { id: 1, title: '', links: [{ title: 'a', url: '' }], vizConfig: { spec: { options: { a: 1 }, fieldConfig: { defaults: { unit: 'ms', mappings: [{ type: 'value', options: {} }] }, overrides: null } } } },
    });
    expect(typedV2(spec, 'v2beta1')).toEqual(spec);
  });

  test('whatever it is given, the outcome is a dashboard', () => {
    fc.assert(fc.property(fc.dictionary(fc.constantFrom(...Object.keys(v2Definitions.v2beta1['Spec']!.properties!), 'x'), fc.jsonValue()), (value) => {
      for (const version of versions) {
        const fitted = fittedV2(value as Json, version);
        expect(typedV2(fitted, version)).toEqual(fitted);
      }
    }), { numRuns: 200, seed });
  });
});
