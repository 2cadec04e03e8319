import { expect, test } from 'vitest';
import { changedLines, diffLines } from './diff.ts';

const written = (before: string, after: string) => diffLines(before, after).map(({ sign, text }) => `${sign}${text}`);

test('lines that went and came are told from those that stayed', () => {
  expect(written('a\nb\nc\nd', 'a\nx\nc\nd\ne')).toEqual([' a', '-b', '+x', ' c', ' d', '+e']);
  expect(written('same', 'same')).toEqual([' same']);
  expect(written('a\na\nb', 'a\nb')).toEqual([' a', '-a', ' b']);
});

test('of a long text only the neighbourhood of changes is shown', () => {
  const lines = Array.from({ length: 30 }, (_, at) => `line ${at}`);
  const shown = changedLines(diffLines(lines.join('\n'), lines.with(15, 'other').join('\n')), 1).map(({ sign, text }) => `${sign}${text}`);
  expect(shown).toEqual([' …', ' line 14', '-line 15', '+other', ' line 16', ' …']);
});
