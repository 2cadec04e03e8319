export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly budget?: number;
  /** Whether more is better (writes a second) or less (CPU, memory). */
  readonly higherIsBetter?: boolean;
  readonly beside?: string;
}

/** One table, as Markdown; a row over its budget is marked. */
export function printTable(title: string, rows: readonly Row[]): void {
  const lines = [['', 'measured', 'budget', '', 'beside']];
  for (const { name, value, unit, budget, higherIsBetter, beside } of rows) {
    const met = budget === undefined ? '' : (higherIsBetter ? value >= budget : value <= budget) ? 'ok' : 'OVER';
    lines.push([name, `${number(value)} ${unit}`, budget === undefined ? '–' : `${number(budget)} ${unit}`, met, beside ?? '']);
  }
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  console.log(`\n## ${title}\n`);
  lines.forEach((line, i) => {
    console.log(`| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`);
    if (i === 0) console.log(`|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  });
}

const number = (value: number) => (value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3));
