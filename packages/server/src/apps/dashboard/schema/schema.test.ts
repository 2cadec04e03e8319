import { describe, expect, test } from 'vitest';
import { wrongTypes } from './classic-types.ts';
import { convertDashboard } from './convert.ts';
import type { Json, SourceLookup } from './document.ts';
import { latestSchemaVersion, migrateDashboard } from './migrate.ts';
import { typedV2 } from './v2-typed.ts';

const prometheus = { uid: 'p', type: 'prometheus' };
const sources = { byUid: new Map([['p', prometheus]]), byName: new Map([['Metrics', prometheus]]), standard: prometheus } as SourceLookup;
const migrate = (dashboard: Json) => migrateDashboard(structuredClone(dashboard), sources);
const panelsOf = (dashboard: Json) => dashboard['panels'] as Json[];

describe('migration', () => {
  test('ends at the newest version, with everything that a dashboard has', () => {
    const { dashboard, error } = migrate({ title: 'T' });
    expect(error).toBeUndefined();
    expect(dashboard).toMatchObject({ title: 'T', schemaVersion: latestSchemaVersion, panels: [], tags: [], templating: { list: [] } });
  });

  test('is done once', () => {
    const once = migrate({ title: 'T', schemaVersion: 14, rows: [{ height: '250px', panels: [{ id: 1, type: 'graph', span: 6, datasource: 'Metrics', targets: [{ refId: 'A', expr: 'up' }] }] }] });
    expect(migrate(once.dashboard).dashboard).toEqual(once.dashboard);
  });

  test('rows become a grid', () => {
    const panel = (id: number) => ({ id, type: 'text', span: 6 });
    const { dashboard } = migrate({ title: 'T', schemaVersion: 14, rows: [{ height: 250, title: 'R', panels: [panel(1), panel(2)] }, { height: 250, title: 'S', showTitle: true, panels: [panel(3)] }] });
    expect(dashboard['rows']).toBeUndefined();
    // Compat: a row says how high its panels are, and takes one unit.
    const places = panelsOf(dashboard).filter(({ type }) => type !== 'row').map(({ gridPos }) => gridPos as { x: number; y: number; w: number; h: number });
    expect(places.map(({ x }) => x)).toEqual([0, 12, 0]);
    const boxes = places.flatMap((a, i) => places.slice(i + 1).map((b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h));
    expect(boxes).not.toContain(true);
  });

  test('names of data sources become references', () => {
    const { dashboard } = migrate({ title: 'T', schemaVersion: 32, panels: [{ id: 1, type: 'timeseries', datasource: 'Metrics', targets: [{ refId: 'A' }] }] });
    expect(panelsOf(dashboard)[0]!['datasource']).toEqual(prometheus);
  });

  test('what is newer than we are is left alone, and said so', () => {
    const future = { title: 'T', schemaVersion: 60, panels: [{ id: 1, news: true }] };
    const { dashboard, error } = migrate(future);
    expect(error).toContain('from version 60 to 42 failed');
    expect(panelsOf(dashboard)[0]).toMatchObject({ news: true });
  });

  test('survives whatever it is given', () => {
    const odd: unknown[] = [null, 1, 'x', [], {}, [null], [[1]], { list: null }, [{ panels: [null, 4] }]];
    for (const schemaVersion of [0, 5, 13, 15, 20, 27, 31, 36, 42]) {
      for (const value of odd) {
        for (const key of ['panels', 'rows', 'templating', 'annotations', 'tags', 'links', 'time']) expect(() => migrate({ title: 'T', schemaVersion, [key]: value })).not.toThrow();
      }
    }
  });
});

describe('types', () => {
  const paths = (spec: Json) => wrongTypes(spec).map(({ path }) => path);

  test('what every dashboard has is of its type, wherever it is', () => {
    expect(wrongTypes({ title: 12, tags: [1, 'a'] })).toEqual([
      { path: 'title', message: 'conflicting values 12 and string (mismatched types int and string)' }, { path: 'tags.0', message: 'conflicting values 1 and string (mismatched types int and string)' },
    ]);
    expect(paths({ editable: 'yes', time: { from: 1 }, panels: [{ title: 'ok' }, { title: false, panels: [{ type: 4 }] }], links: [{ targetBlank: 'no' }], templating: { list: [{ name: [] }] }, annotations: { list: [{ enable: 1 }] } }))
      .toEqual(['editable', 'time.from', 'links.0.targetBlank', 'panels.1.title', 'panels.1.panels.0.type', 'templating.list.0.name', 'annotations.list.0.enable']);
  });

  test('what is missing, null, free or in no place of its own is nobody’s fault', () => {
    expect(paths({ title: null, revision: '1.0', colour: 4, panels: 'none', templating: [], tags: {}, time: 'now', annotations: { list: 'x' }, panelsOf: [{ title: 4 }] })).toEqual([]);
    expect(paths(migrate({ title: 'T', schemaVersion: 14, rows: [{ panels: [{ type: 'graph', span: 4, title: 'P' }] }], refresh: false }).dashboard)).toEqual([]);
  });
});

describe('conversion', () => {
  const classic = {
    title: 'T', schemaVersion: 42, tags: ['a'], graphTooltip: 1, time: { from: 'now-1h', to: 'now' },
    panels: [{ id: 1, type: 'timeseries', title: 'P', gridPos: { x: 0, y: 0, w: 12, h: 8 }, datasource: prometheus, targets: [{ refId: 'A', expr: 'up', datasource: prometheus }] }],
    templating: { list: [{ type: 'custom', name: 'v', query: 'a,b' }] },
  };
  const convert = (spec: object, from: string, to: string) => convertDashboard(JSON.stringify(spec), from, to, sources);

  test('there and back keeps what a dashboard shows', () => {
    for (const version of ['v2beta1', 'v2alpha1']) {
      const there = convert(migrate(classic).dashboard, 'v1beta1', version);
      expect(there.error).toBeUndefined();
      const back = convert(there.spec, version, 'v1beta1').spec;
      expect(back).toMatchObject({ title: 'T', tags: ['a'], graphTooltip: 1, time: { from: 'now-1h', to: 'now' } });
      expect(panelsOf(back)).toMatchObject([{ id: 1, type: 'timeseries', title: 'P', gridPos: { x: 0, y: 0, w: 12, h: 8 }, targets: [{ refId: 'A', expr: 'up' }] }]);
      expect(back['templating']).toMatchObject({ list: [{ type: 'custom', name: 'v' }] });
    }
  });

  test('elements and layout of the second generation', () => {
    const { spec } = convert(migrate(classic).dashboard, 'v1beta1', 'v2beta1');
    expect(spec).toMatchObject({ cursorSync: 'Crosshair', layout: { kind: 'GridLayout' }, elements: { 'panel-1': { kind: 'Panel' } } });
  });

  test('what is served is what its description says, whatever people wrote', () => {
    const odd = { ...classic, links: [{ title: 4 }], panels: [{ id: 1, type: 'table', fieldConfig: { defaults: { decimals: '2', color: 'red', mappings: [{ value: 1 }] }, overrides: [4] }, targets: [4, { refId: 'A' }], transformations: [{ id: 4 }], links: 'none' }] };
    for (const version of ['v2alpha1', 'v2beta1'] as const) {
      const { spec, error } = convert(migrate(odd).dashboard, 'v1beta1', version);
      expect(error).toBeUndefined();
      expect(typedV2(spec, version)).toEqual(spec);
      expect(spec['elements']).toMatchObject({ 'panel-1': { kind: 'Panel' } });
    }
  });

  test('as it is stored is as it is served', () => {
    expect(convert(classic, 'v0alpha1', 'v0alpha1').spec).toEqual(classic);
  });

  test('what is no object is an empty dashboard', () => {
    for (const text of ['null', '[]', '4']) expect(() => convertDashboard(text, 'v0alpha1', 'v2beta1', sources)).not.toThrow();
  });
});
