import { floatField, timeField, type FieldConfig, type Frame, type FrameMeta, type Labels, type Notice } from '@belvedere/dataframe';

/** What expressions compute with (queries-and-frames §13.3). */

/** How a value looked in the query's answer; values that an expression made have none. */
export interface Origin {
  readonly frameName: string;
  readonly timeName: string;
  readonly timeConfig?: FieldConfig;
  readonly config?: FieldConfig;
  readonly meta?: FrameMeta;
}

interface Told {
  /** Compat: a value that is handed on is one and the same in both results, and so are the notices about it. */
  readonly notices: Notice[];
}

export interface Points {
  /** Milliseconds. */
  readonly times: Float64Array;
  readonly nanos?: Int32Array;
  readonly values: Float64Array;
  /** 1 = value, 0 = null; absent: no nulls. */
  readonly valid?: Uint8Array;
}

export interface SeriesValue extends Told, Points {
  readonly kind: 'series';
  readonly name: string;
  readonly labels?: Labels;
  readonly origin?: Origin;
}

export interface NumberValue extends Told {
  readonly kind: 'number';
  readonly name: string;
  readonly labels?: Labels;
  readonly value: number | null;
  readonly config?: FieldConfig;
  readonly custom?: unknown;
}

export interface ScalarValue extends Told {
  readonly kind: 'scalar';
  readonly name: string;
  readonly value: number | null;
}

export interface NoDataValue extends Told {
  readonly kind: 'no data';
  readonly frame: Frame;
}

export interface TableValue extends Told {
  readonly kind: 'table';
  readonly frame: Frame;
}

export type Value = SeriesValue | NumberValue | ScalarValue | NoDataValue | TableValue;

/** The reference's names of kinds, as its error texts have them. */
export const kindName = (value: Value): string => ({ series: 'seriesSet', number: 'numberSet', scalar: 'scalar', 'no data': 'noData', table: 'TableData' })[value.kind];

export const labelsOf = (value: Value): Labels | undefined => (value.kind === 'series' || value.kind === 'number' ? value.labels : undefined);

export const series = (name: string, labels: Labels | undefined, points: Points): SeriesValue => ({ kind: 'series', name, ...(labels && { labels }), ...points, notices: [] });
export const numberValue = (name: string, labels: Labels | undefined, value: number | null): NumberValue => ({ kind: 'number', name, ...(labels && { labels }), value, notices: [] });
export const scalar = (name: string, value: number | null): ScalarValue => ({ kind: 'scalar', name, value, notices: [] });
export const noData = (frame: Frame = { name: 'no data', refId: '', fields: [] }): NoDataValue => ({ kind: 'no data', frame, notices: [] });

const withNotices = (meta: FrameMeta | undefined, notices: readonly Notice[]): FrameMeta | undefined =>
  notices.length === 0 ? meta : { ...meta, notices: [...(meta?.notices ?? []), ...notices] };

/** A value as a frame of a node's answer. */
export function frameOf(value: Value, refId: string): Frame {
  switch (value.kind) {
    case 'series': {
      const { origin } = value;
      const meta = withNotices(origin ? origin.meta : { type: 'timeseries-multi', typeVersion: [0, 1] }, value.notices);
      return {
        name: origin?.frameName ?? '', refId,
        fields: [
          timeField(origin?.timeName ?? 'Time', value.times, { ...(value.nanos && { nanos: value.nanos }), ...(origin?.timeConfig && { config: origin.timeConfig }) }),
          floatField(value.name, value.values, { nullable: true, ...(value.valid && { valid: value.valid }), ...(value.labels && { labels: value.labels }), ...(origin?.config && { config: origin.config }) }),
        ],
        ...(meta && { meta }),
      };
    }
    case 'number': case 'scalar': {
      const isNumber = value.kind === 'number';
      const options = { nullable: true, ...(isNumber && value.labels && { labels: value.labels }), ...(isNumber && value.config && { config: value.config }) };
      const meta: FrameMeta = { type: 'numeric-multi', typeVersion: [0, 1], ...(isNumber && value.custom !== undefined && { custom: value.custom }) };
      return { name: '', refId, fields: [floatField(value.name, [value.value], options)], meta: withNotices(meta, value.notices) as FrameMeta };
    }
    case 'no data': case 'table': {
      const meta = withNotices(value.frame.meta, value.notices);
      return { ...value.frame, refId, ...(meta && { meta }) };
    }
  }
}

export const pointAt = (points: Points, row: number): number | null => (points.valid !== undefined && points.valid[row] === 0 ? null : (points.values[row] as number));

/** Applies a function to every point. */
export function mapPoints(points: Points, f: (value: number | null) => number | null): Points {
  const rows = points.values.length;
  const values = new Float64Array(rows);
  let valid: Uint8Array | undefined;
  for (let i = 0; i < rows; i++) {
    const value = f(pointAt(points, i));
    if (value === null) (valid ??= new Uint8Array(rows).fill(1))[i] = 0;
    else values[i] = value;
  }
  return { times: points.times, ...(points.nanos && { nanos: points.nanos }), values, ...(valid && { valid }) };
}
