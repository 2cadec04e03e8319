import { structuredPatch } from 'diff';

export interface DiffLine {
  readonly sign: ' ' | '+' | '-' | '…';
  readonly text: string;
}

/** Beyond this many steps two texts are told as one removed and one added whole: nobody reads such a difference. */
const stepsMax = 1_000;
const around = 3;

/** What differs between two texts, line by line, with a few lines around each change; an ellipsis stands for lines between. Nothing for texts that are the same. */
export function lineDiff(before: string, after: string): readonly DiffLine[] {
  // Every line has its end: a last one without is no difference to people.
  const patch = structuredPatch('', '', `${before}\n`, `${after}\n`, '', '', { context: around, maxEditLength: stepsMax });
  if (!patch) return [...before.split('\n').map((text): DiffLine => ({ sign: '-', text })), ...after.split('\n').map((text): DiffLine => ({ sign: '+', text }))];
  const total = before.split('\n').length;
  const left: DiffLine = { sign: '…', text: '' };
  return patch.hunks.flatMap(({ lines, oldStart, oldLines }, at) => [
    ...(oldStart > 1 ? [left] : []),
    ...lines.map((line): DiffLine => ({ sign: line.charAt(0) as DiffLine['sign'], text: line.slice(1) })),
    ...(at === patch.hunks.length - 1 && oldStart + oldLines <= total ? [left] : []),
  ]);
}

/** JSON with members in the order of their names, so that the same thing always reads the same. */
export const jsonText = (value: unknown): string => JSON.stringify(sorted(value), null, 2) ?? '';

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, sorted(one)]));
}
