import { expect, test } from 'vitest';
import { folded, levelOf, type LogRow } from './log-rows.ts';

const row = (line: string): LogRow => ({ key: line, time: 0, line, level: 'info', labels: {}, fields: {}, repeats: 0 });

test('the level is what is told, else what the line says', () => {
  expect(levelOf('all is well', 'ERR')).toBe('error');
  expect(levelOf('level=warn msg="an error"')).toBe('warning');
  expect(levelOf('terror')).toBe('unknown');
});

test('equal neighbours are folded', () => {
  const rows = [row('took 5 ms'), row('took 7 ms'), row('done')];
  expect(folded(rows, 'none')).toBe(rows);
  expect(folded(rows, 'exact').length).toBe(3);
  expect(folded(rows, 'numbers').map(({ repeats }) => repeats)).toEqual([1, 0]);
});
