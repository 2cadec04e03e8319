/** The transformations themselves, apart so that pages without them don't load them: those of @grafana/data, and our own for what the reference's frontend keeps to itself. */
import { FieldType, getFieldDisplayName, getFieldMatcher, guessFieldTypeForField, outerJoinDataFrames, reduceField, standardTransformers, type DataFrame, type DataTransformerInfo } from '@grafana/data';
import { map } from 'rxjs';
import { configFromData } from './transformations/config-from-data.ts';
import { extractFields } from './transformations/extract-fields.ts';
import type { Tools } from './transformations/frames.ts';
import { joinByLabels } from './transformations/join-labels.ts';
import { partitionByValues } from './transformations/partition.ts';
import { prepareTimeSeries } from './transformations/prepare-series.ts';
import { regression } from './transformations/regression.ts';
import { rowsToFields } from './transformations/rows-to-fields.ts';
import { timeSeriesTable } from './transformations/series-table.ts';
import { toHeatmap } from './transformations/to-heatmap.ts';

type Change = (options: never, frames: readonly DataFrame[], tools: Tools) => DataFrame[];

const tools: Tools = {
  nameOf: (field, frame, frames) => getFieldDisplayName(field, frame, [...frames]),
  reduced: (field, reducer) => reduceField({ field, reducers: [reducer] })[reducer],
  joined: (frames) => outerJoinDataFrames({ frames: [...frames], joinBy: (field) => field.type === FieldType.time }),
  matching(matcher) {
    const fits = getFieldMatcher(matcher);
    return (field, frame, frames) => fits(field, frame, [...frames]);
  },
  typeOf: guessFieldTypeForField,
};

const own: Readonly<Record<string, Change>> = { configFromData, extractFields, joinByLabels, partitionByValues, prepareTimeSeries, regression, rowsToFields, timeSeriesTable, heatmap: toHeatmap };

export function transformer(name: string): DataTransformerInfo {
  const change = own[name];
  if (change) return { id: name, name, description: '', operator: (options: unknown) => (source) => source.pipe(map((frames) => change((options ?? {}) as never, frames, tools))) };
  const found = (standardTransformers as unknown as Record<string, DataTransformerInfo>)[name];
  if (!found) throw new Error(`There is no transformation ${name}`);
  return found;
}
