import { describe, expect, test } from 'vitest';
import { placeAt } from './completion-place.ts';

/** The cursor is where the bar is. */
const at = (marked: string) => placeAt(marked.replace('|', ''), marked.indexOf('|'));

describe('where the cursor stands in PromQL', () => {
  test('names are asked for at the start, in calls and after operators', () => {
    expect(at('htt|')).toEqual({ kind: 'name', from: 0 });
    expect(at('sum(rate(htt|')).toEqual({ kind: 'name', from: 9 });
    expect(at('a + |')).toEqual({ kind: 'name', from: 4 });
  });
  test('labels are those of the metric before the brace', () => {
    expect(at('up{|}')).toEqual({ kind: 'label', from: 3, metric: 'up', grouping: false });
    expect(at('up{job="x", ins|}')).toEqual({ kind: 'label', from: 12, metric: 'up', grouping: false });
    expect(at('up{job|="x"}')).toMatchObject({ kind: 'label' });
    expect(at('up{job =|}')).toEqual({ kind: 'none' });
  });
  test('values know their label, a brace within them ends nothing', () => {
    expect(at('up{job="pro|"}')).toEqual({ kind: 'value', from: 8, metric: 'up', label: 'job' });
    expect(at('{a=~"}x", job!="|')).toEqual({ kind: 'value', from: 16, metric: '', label: 'job' });
    expect(at('label_replace(up, "d|"')).toEqual({ kind: 'none' });
  });
  test('grouping takes labels, brackets a range', () => {
    expect(at('sum by (|) (up{a="b"})')).toEqual({ kind: 'label', from: 8, metric: 'up', grouping: true });
    expect(at('rate(up[|')).toEqual({ kind: 'range', from: 8 });
    expect(at('up * 10|')).toEqual({ kind: 'none' });
  });
});
