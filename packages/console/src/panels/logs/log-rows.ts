/** Lines of logs, from results. */
import type { DataFrame, Field, Labels } from '@grafana/data';

export interface LogRow {
  readonly key: string;
  readonly time: number;
  readonly line: string;
  readonly level: string;
  readonly labels: Labels;
  /** Other members of the row, for its details. */
  readonly fields: Readonly<Record<string, string>>;
  /** How many equal lines follow; only where they are folded. */
  readonly repeats: number;
}

const levels: Readonly<Record<string, string>> = {
  emerg: 'critical', fatal: 'critical', alert: 'critical', crit: 'critical', critical: 'critical', err: 'error', eror: 'error', error: 'error', warn: 'warning', warning: 'warning', info: 'info', information: 'info', informational: 'info', notice: 'info',
  dbug: 'debug', debug: 'debug', trace: 'trace',
};
const levelWord = new RegExp(`\\b(${Object.keys(levels).join('|')})\\b`, 'i');

export function levelOf(line: string, told?: string): string {
  const known = told === undefined ? undefined : levels[told.toLowerCase()];
  return known ?? levels[levelWord.exec(line)?.[1]?.toLowerCase() ?? ''] ?? 'unknown';
}

/** By the type's text: this file is tested without the packages. */
const isOf = (field: Field, type: string) => (field.type as string) === type;

const bodyNames = ['body', 'Line', 'line', 'message', 'msg', 'content'];

export function logRows(frames: readonly DataFrame[], newestFirst: boolean): readonly LogRow[] {
  const rows = frames.flatMap((frame, f): LogRow[] => {
    const time = frame.fields.find((field) => isOf(field, 'time') && field.name === 'timestamp') ?? frame.fields.find((field) => isOf(field, 'time'));
    const texts = frame.fields.filter((field) => isOf(field, 'string'));
    const body = bodyNames.map((name) => texts.find((field) => field.name === name)).find((field) => field) ?? texts[0];
    if (!time || !body) return [];
    const labelField = frame.fields.find(({ name }) => name === 'labels' || name === 'attributes');
    const level = frame.fields.find(({ name }) => name === 'severity' || name === 'level' || name === 'detected_level');
    const id = frame.fields.find(({ name }) => name === 'id');
    const rest = frame.fields.filter((field) => ![time, body, labelField, id].includes(field) && field.name !== 'tsNs');
    return Array.from({ length: frame.length }, (_, i): LogRow => {
      const line = textOf(body, i);
      const labels = { ...body.labels, ...(typeof labelField?.values[i] === 'object' ? (labelField.values[i] as Labels) : {}) };
      return {
        key: `${f}-${id ? textOf(id, i) : i}`, time: Number(time.values[i]), line, labels, level: levelOf(line, level ? textOf(level, i) : (labels['level'] ?? labels['detected_level'])),
        fields: Object.fromEntries(rest.filter((field) => field.values[i] !== null && field.values[i] !== undefined).map((field) => [field.name, textOf(field, i)])), repeats: 0,
      };
    });
  });
  return rows.sort((a, b) => (newestFirst ? b.time - a.time : a.time - b.time));
}

const textOf = (field: Field, i: number): string => {
  const value: unknown = field.values[i];
  return typeof value === 'string' ? value : JSON.stringify(value) ?? '';
};

const signatures: Readonly<Record<string, (line: string) => string>> = {
  exact: (line) => line, numbers: (line) => line.replace(/\d+(\.\d+)?/g, ''), signature: (line) => line.replace(/\w/g, ''),
};

/** Neighbours that are the same, as far as the strategy looks, become one. */
export function folded(rows: readonly LogRow[], strategy: string): readonly LogRow[] {
  const signature = signatures[strategy];
  if (!signature) return rows;
  const kept: LogRow[] = [];
  for (const row of rows) {
    const before = kept.at(-1);
    if (before && signature(before.line) === signature(row.line)) kept[kept.length - 1] = { ...before, repeats: before.repeats + 1 };
    else kept.push(row);
  }
  return kept;
}

/** Labels that all rows share. */
export function commonLabels(rows: readonly LogRow[]): Labels {
  const [first, ...others] = rows;
  return Object.fromEntries(Object.entries(first?.labels ?? {}).filter(([name, value]) => others.every(({ labels }) => labels[name] === value)));
}
