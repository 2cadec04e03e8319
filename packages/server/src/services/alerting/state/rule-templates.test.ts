import { expect, test } from 'vitest';
import type { Captured } from '../scheduler/evaluation.ts';
import { createRuleTemplates } from './rule-templates.ts';

const expand = createRuleTemplates('http://grafana.example.com/');
const captured = (name: string, value: number, fromDatasource: boolean) => ({ name, value, fromDatasource, labels: { host: 'a' } }) as unknown as Captured;
const say = (text: string, of: readonly Captured[]) => expand({ text }, { labels: { host: 'a' }, captured: of, valueString: '[ all of it ]' })['text'];

test('the value of a single source is a number as Go prints it; in the map it is a plain decimal', () => {
  const large = [captured('A', 1_234_567, true), captured('B', 1, false)];
  expect(say('{{ $value }} {{ .Value }} {{ $values.A }} {{ $values.A.Value }}', large)).toBe('1.234567e+06 1.234567e+06 1234567 1.234567e+06');
  expect(say('{{ $value }}', [captured('A', 12.5, true)])).toBe('12.5');
});

test('of several sources it is the text of the evaluation', () => {
  expect(say('{{ $value }}', [captured('A', 1, true), captured('B', 2, true)])).toBe('[ all of it ]');
});

test('what cannot be expanded stays as it is', () => {
  expect(say('{{ $labels.host | fly }}', [])).toBe('{{ $labels.host | fly }}');
  expect(say('{{ $labels.nope }}', [])).toBe('[no value]');
});
