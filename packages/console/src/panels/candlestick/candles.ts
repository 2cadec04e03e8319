/** What a candlestick chart draws: for each moment the first, highest, lowest and last price, and how much was sold. */
import type { DataFrame, Field, FieldType } from '@grafana/data';

export interface Candles {
  readonly frame: DataFrame;
  readonly time: Field;
  readonly open: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  readonly low: readonly (number | null)[];
  readonly close: readonly (number | null)[];
  readonly volume?: Field;
  /** The field whose unit and axis are those of the prices. */
  readonly price: Field;
  readonly used: readonly Field[];
}

export type FieldMap = Readonly<Partial<Record<'open' | 'high' | 'low' | 'close' | 'volume', string>>>;

const names = { open: ['open', 'o'], high: ['high', 'h', 'max'], low: ['low', 'l', 'min'], close: ['close', 'c'], volume: ['volume', 'v'] } as const;
const numberOf = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : null);

/** `joined` has one time field. In words what is missing. */
export function candlesOf(frame: DataFrame | undefined, map: FieldMap, nameOf: (field: Field) => string): Candles | string {
  if (!frame || frame.length === 0) return 'No data';
  const time = frame.fields.find(({ type }) => type === ('time' as FieldType));
  if (!time) return 'There is no time field to draw along';
  const numbers = frame.fields.filter(({ type }) => type === ('number' as FieldType));
  const find = (role: keyof typeof names) => (map[role] ? numbers.find((field) => field.name === map[role] || nameOf(field) === map[role]) : numbers.find((field) => (names[role] as readonly string[]).includes(nameOf(field).toLowerCase()) || (names[role] as readonly string[]).includes(field.name.toLowerCase())));
  const close = find('close') ?? numbers.find((field) => field !== find('open') && field !== find('high') && field !== find('low') && field !== find('volume'));
  if (!close) return 'There is no field with the price at the end of each moment (close)';
  const values = (field: Field | undefined) => field?.values.map(numberOf);
  const closes = values(close)!;
  // Without a first price each moment begins where the last one ended.
  const opens = values(find('open')) ?? closes.map((value, i) => (i === 0 ? value : closes[i - 1]!));
  const edge = (field: Field | undefined, pick: (...all: number[]) => number) => values(field) ?? closes.map((value, i) => (value === null || opens[i] === null || opens[i] === undefined ? value : pick(value, opens[i])));
  const volume = find('volume');
  return { frame, time, open: opens, close: closes, high: edge(find('high'), Math.max), low: edge(find('low'), Math.min), ...(volume ? { volume } : {}), price: close, used: [time, close, ...(['open', 'high', 'low', 'volume'] as const).flatMap((role) => find(role) ?? [])] };
}

/** Up, down or neither: against the first price of the same moment, or against the last price of the one before. */
export function directions({ open, close }: Candles, strategy: string): readonly ('up' | 'down' | 'flat')[] {
  return close.map((value, i) => {
    const before = strategy === 'close-close' ? (close[i - 1] ?? open[i]) : open[i];
    if (value === null || before === null || before === undefined || value === before) return 'flat';
    return value > before ? 'up' : 'down';
  });
}
