/** dashboards-and-content §15.4: whatever a dashboard of the second generation has is still there when it comes back from another version. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { isObject, objectsOf } from '../../../util/json-value.ts';
import { convertDashboard } from './convert.ts';
import { noSources, type Json } from './document.ts';
import { fromV2 } from './from-v2.ts';
import { toV2 } from './to-v2.ts';
import { anyDashboard } from './v2-fixtures.ts';
import { typedV2, violationsOfV2 } from './v2-typed.ts';
import { alphaToBeta, betaToAlpha } from './v2-versions.ts';

vi.setConfig({ testTimeout: 120_000 });

/** The same dashboards every time. */
const seed = 154;
const runs = 100;

/** Without what says nothing, and without what the other side has no place for. */
function said(value: unknown, without: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map((item) => said(item, without));
  if (!isObject(value)) return value;
  const empty = (member: unknown) => member === null || member === '' || member === false || member === 0 || (typeof member === 'object' && Object.keys(member).length === 0);
  return Object.fromEntries(Object.entries(value).filter(([name]) => !without.includes(name)).map(([name, member]): [string, unknown] => [name, said(member, without)]).filter(([, member]) => !empty(member)));
}

const there = (spec: Json): Json => fromV2(structuredClone(spec), noSources);
const back = (spec: Json): Json => toV2(there(spec), noSources);

const referred = (layout: unknown): string[] => [...JSON.stringify(layout).matchAll(/"kind":"ElementReference","name":"([^"]+)"/g)].map(([, name]) => name!);
const ofEach = (check: (spec: Json) => void) => fc.assert(fc.property(anyDashboard, (spec) => void check(spec)), { numRuns: runs, seed });

describe('by the classic form', () => {
  test('panels', () => ofEach((spec) => expect(said(back(spec)['elements'])).toEqual(said(spec['elements']))));
  test('panels are placed in the order of the layout', () => ofEach((spec) => expect(referred(back(spec)['layout'])).toEqual(referred(spec['layout']))));
  // Which choice is the selected one is told by the current value.
  test('variables', () => ofEach((spec) => expect(said(back(spec)['variables'], ['selected'])).toEqual(said(spec['variables'], ['selected']))));
  test('links', () => ofEach((spec) => expect(said(back(spec)['links'])).toEqual(said(spec['links']))));
  test('annotations', () => ofEach((spec) => expect(said(back(spec)['annotations'], ['type'])).toEqual(said(spec['annotations'], ['type']))));
  test('everything else', () => ofEach((spec) => {
    const members = ['title', 'description', 'tags', 'cursorSync', 'preload', 'liveNow', 'revision'];
    expect(said(Object.fromEntries(members.map((name) => [name, back(spec)[name]])))).toEqual(said(Object.fromEntries(members.map((name) => [name, spec[name]]))));
  }));

  test('what comes back is what its description says', () => ofEach((spec) => {
    const made = back(spec);
    expect(typedV2(made, 'v2beta1')).toEqual(made);
    expect(violationsOfV2(made, 'v2beta1')).toEqual([]);
  }));

  test('a second round changes nothing but how far panels are below the header of their row', () => ofEach((spec) => {
    const second = back(back(spec));
    expect(said(back(second), ['y'])).toEqual(said(second, ['y']));
    const places = [...JSON.stringify(second).matchAll(/"y":(-?\d+)/g)].map(([, y]) => Number(y));
    expect(places.filter((y) => y < 0)).toEqual([]);
  }));
});

describe('by the older version', () => {
  test('everything but the place of an annotation in the menu', () => ofEach((spec) => {
    const older = betaToAlpha(structuredClone(spec), noSources);
    expect(typedV2(older, 'v2alpha1')).toEqual(older);
    const annotations = objectsOf(spec['annotations']).map((annotation) => said(annotation, ['placement']));
    expect(said(alphaToBeta(older))).toEqual({ ...(said(spec) as Json), ...(annotations.length > 0 ? { annotations } : {}) });
  }));
});

describe('layouts in the classic form', () => {
  const panel = (id: number) => ({ kind: 'Panel', spec: { id, title: `P${id}`, vizConfig: { kind: 'VizConfig', group: 'text', version: '', spec: {} } } });
  const at = (n: number) => ({ kind: 'ElementReference', name: `panel-${n}` });
  const grid = (...ids: number[]) => ({ kind: 'GridLayout', spec: { items: ids.map((id, i) => ({ kind: 'GridLayoutItem', spec: { x: 0, y: i * 4, width: 12, height: 4, element: at(id) } })) } });
  const classic = (layout: object, from = 'v2beta1') =>
    objectsOf(convertDashboard(JSON.stringify({ title: 'T', elements: { 'panel-1': panel(1), 'panel-2': panel(2), 'panel-3': panel(3) }, layout }), from, 'v1beta1', noSources).spec['panels']);
  const brief = (panels: readonly Json[]): unknown => panels.map(({ type, title, gridPos, collapsed, panels: inner, repeat, repeatDirection, maxPerRow }) => {
    const { x, y, w, h } = gridPos as { x: number; y: number; w: number; h: number };
    return [type === 'row' ? `row${collapsed === true ? ' (shut)' : ''}` : title, `${x},${y} ${w}×${h}`, ...(repeat ? [[repeat, repeatDirection, maxPerRow]] : []), ...(collapsed === true ? [brief(objectsOf(inner))] : [])];
  });

  test('a grid is copied', () => expect(brief(classic(grid(1, 2)))).toEqual([['P1', '0,0 12×4'], ['P2', '0,4 12×4']]));

  test('rows: shut ones hold their panels, those without a header are none', () => {
    const rows = { kind: 'RowsLayout', spec: { rows: [
      { kind: 'RowsLayoutRow', spec: { hideHeader: true, layout: grid(1) } }, { kind: 'RowsLayoutRow', spec: { title: 'Shut', collapse: true, layout: grid(2), repeat: { mode: 'variable', value: 'host' } } },
      { kind: 'RowsLayoutRow', spec: { title: 'Open', layout: grid(3) } },
    ] } };
    expect(brief(classic(rows))).toEqual([['P1', '0,0 12×4'], ['row (shut)', '0,4 24×1', ['host', undefined, undefined], [['P2', '0,5 12×4']]], ['row', '0,5 24×1'], ['P3', '0,5 12×4']]);
  });

  test('tabs become open rows', () => {
    const tabs = { kind: 'TabsLayout', spec: { tabs: [{ kind: 'TabsLayoutTab', spec: { title: 'One', layout: grid(1) } }, { kind: 'TabsLayoutTab', spec: { title: 'Two', layout: grid(2, 3) } }] } };
    expect(brief(classic(tabs))).toEqual([['row', '0,0 24×1'], ['P1', '0,1 12×4'], ['row', '0,5 24×1'], ['P2', '0,6 12×4'], ['P3', '0,10 12×4']]);
  });

  test.each([[undefined, 'standard', '8×9'], [2, 'short', '12×5'], [4, 'tall', '6×14']])('an auto grid of %j columns and %s rows', (maxColumnCount, rowHeightMode, size) => {
    const item = (n: number) => ({ kind: 'AutoGridLayoutItem', spec: { element: at(n), ...(n === 2 ? { repeat: { mode: 'variable', value: 'host' } } : {}) } });
    const auto = { kind: 'AutoGridLayout', spec: { ...(maxColumnCount ? { maxColumnCount } : {}), columnWidthMode: 'standard', rowHeightMode, items: [1, 2, 3].map(item) } };
    const panels = brief(classic(auto)) as [string, string, unknown][];
    const [w] = size.split('×').map(Number) as [number, number];
    expect(panels.map(([title, place]) => [title, place.split(' ')[1]])).toEqual([['P1', size], ['P2', size], ['P3', size]]);
    expect(panels[1]![2]).toEqual(['host', 'h', 24 / w]);
  });

  test('a shut row holds panels only, whatever lies in it', () => {
    const inner = { kind: 'TabsLayout', spec: { tabs: [{ kind: 'TabsLayoutTab', spec: { title: 'A', layout: grid(1) } }, { kind: 'TabsLayoutTab', spec: { title: 'B', layout: grid(2) } }] } };
    expect(brief(classic({ kind: 'RowsLayout', spec: { rows: [{ kind: 'RowsLayoutRow', spec: { title: 'Shut', collapse: true, layout: inner } }] } }))).toEqual([['row (shut)', '0,0 24×1', [['P1', '0,1 12×4'], ['P2', '0,5 12×4']]]]);
  });

  test('layouts inside layouts go below each other', () => {
    const tabs = { kind: 'TabsLayout', spec: { tabs: [{ kind: 'TabsLayoutTab', spec: { title: 'One', layout: { kind: 'RowsLayout', spec: { rows: [{ kind: 'RowsLayoutRow', spec: { title: 'Inner', layout: grid(1) } }] } } } }, { kind: 'TabsLayoutTab', spec: { title: 'Two', layout: grid(2) } }] } };
    expect((brief(classic(tabs)) as string[][]).map(([what]) => what)).toEqual(['row', 'row', 'P1', 'row', 'P2']);
  });
});
