import { boolField, columnBuilder, field, floatField, stringField, type Field, type Labels } from '@belvedere/dataframe';
import { parseLabels } from './model.ts';

/** CSV text as typed columns (queries-and-frames §15). Throws on ragged rows and stray quotes. */

export function readCsv(text: string): string[][] {
  const rows = text.includes('"') ? quotedRows(text) : text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line)).filter((line) => line !== '').map((line) => line.split(','));
  if (rows.some((row) => row.length !== rows[0]?.length)) throw new Error('wrong number of fields');
  return rows;
}

function quotedRows(text: string): string[][] {
  const rows: string[][] = [];
  let at = 0;
  while (at < text.length) {
    const row: string[] = [];
    for (;;) {
      const quoted = /[^\S\r\n]*"/y;
      quoted.lastIndex = at;
      if (quoted.test(text)) {
        let cell = '';
        let open = quoted.lastIndex;
        for (;;) {
          const end = text.indexOf('"', open);
          if (end < 0) throw new Error('extraneous or missing " in quoted-field');
          cell += text.slice(open, end);
          open = end + 1;
          if (text[open] !== '"') break;
          cell += '"';
          open++;
        }
        at = open;
        row.push(cell);
        if (at < text.length && !/[,\r\n]/.test(text[at] as string)) throw new Error('extraneous or missing " in quoted-field');
      } else {
        const stop = /[,\n]/g;
        stop.lastIndex = at;
        const end = stop.exec(text)?.index ?? text.length;
        const cell = text.slice(at, end).replace(/\r$/, '');
        if (cell.includes('"')) throw new Error('bare " in non-quoted field');
        row.push(cell);
        at = end;
      }
      if (text[at] !== ',') break;
      at++;
    }
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    if (row.length > 1 || row[0] !== '') rows.push(row);
  }
  return rows;
}

/** The first row names the columns: `name{a=b}` adds labels. Without further rows there are no columns. */
export function csvFields(text: string, keepRow: () => boolean, everyLabelled = false): Field[] {
  const [header, ...rows] = readCsv(text);
  if (!header) throw new Error('csv content is empty');
  if (rows.length === 0) return [];
  const kept = rows.filter(keepRow);
  return header.map((raw, column) => {
    const title = raw.trim();
    const brace = title.indexOf('{');
    const labels = brace > 0 && title.endsWith('}') && title.length - brace > 2 ? parseLabels(title.slice(brace)) : undefined;
    const name = labels ? title.slice(0, brace).trim() : title;
    return csvColumn(name, kept.map((row) => (row[column] as string).trim()), labels ?? (everyLabelled ? {} : undefined));
  });
}

const isNullText = (cell: string): boolean => cell === '' || cell === 'null';
const boolText = /^(t|f|true|false)$/i;
const trueText = /^(t|true)$/i;
const integerText = /^[+-]?\d+$/;
const floatText = /^[+-]?(\d[\d_]*(\.[\d_]*)?|\.\d[\d_]*)(e[+-]?\d+)?$/i;
const specialText = /^([+-]?)(nan|inf|infinity)$/i;

export function readFloat(cell: string): number | undefined {
  if (floatText.test(cell)) return Number(cell.replaceAll('_', ''));
  const special = specialText.exec(cell);
  if (!special) return undefined;
  if (/nan/i.test(special[2] as string)) return special[1] === '' ? Number.NaN : undefined;
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

const int64Max = 9223372036854775807n;

/** A nullable column of the narrowest type that all cells have: time (by its name), bool (by its first cell), int64, float64, string. */
export function csvColumn(name: string, cells: readonly string[], labels?: Labels): Field {
  const options = { nullable: true, ...(labels && { labels }) };
  if (/time/i.test(name)) {
    const times = csvTimes(name, cells, options);
    if (times) return times;
  }
  const present = cells.filter((cell) => !isNullText(cell));
  if (present.length === 0) return stringField(name, cells.map(() => null), options);
  if (boolText.test(present[0] as string)) return boolField(name, cells.map((cell) => (isNullText(cell) ? null : trueText.test(cell))), options);
  if (present.every((cell) => integerText.test(cell))) {
    const whole = cells.map((cell) => (isNullText(cell) ? null : BigInt(cell.replace(/^\+/, ''))));
    if (whole.every((value) => value === null || (value <= int64Max && value >= -int64Max - 1n))) return field('int64', name, whole, options);
  }
  if (present.every((cell) => readFloat(cell) !== undefined)) return floatField(name, cells.map((cell) => (isNullText(cell) ? null : (readFloat(cell) as number))), options);
  return stringField(name, cells.map((cell) => (isNullText(cell) ? null : cell)), options);
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/;

/** Epoch milliseconds or RFC 3339; undefined unless the first cell is one. Later cells that are none become null. */
function csvTimes(name: string, cells: readonly string[], options: { nullable: boolean; labels?: Labels }): Field | undefined {
  const build = columnBuilder('time', name, { ...options, capacity: cells.length });
  const first = cells.find((cell) => !isNullText(cell));
  if (first === undefined || !readTime(first)) return undefined;
  for (const cell of cells) {
    // Compat: among numbers an empty cell is the epoch, among texts it is null.
    const time = cell === '' && isEpochMs.test(first) ? { ms: 0, nanos: 0 } : readTime(cell);
    if (time) build.pushTime(time.ms, time.nanos);
    else build.push(null);
  }
  return build.field();
}

const isEpochMs = /^[+-]?\d{1,15}$/;

function readTime(cell: string): { ms: number; nanos: number } | undefined {
  if (isEpochMs.test(cell)) return { ms: Number(cell), nanos: 0 };
  const parts = rfc3339.exec(cell);
  if (!parts) return undefined;
  const ms = Date.parse(cell.replace(/\.\d+/, ''));
  if (Number.isNaN(ms)) return undefined;
  const fraction = Number((parts[7] ?? '').padEnd(9, '0'));
  return { ms: ms + Math.floor(fraction / 1e6), nanos: fraction % 1e6 };
}
