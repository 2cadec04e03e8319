/** "Config from query results": one result says how the others are shown. */
import type { DataFrame, FieldConfig, MatcherConfig } from '@grafana/data';
import { handlerOf, mappingsOf, roleOf, type FieldMapping } from './config-handlers.ts';
import { kinds, type Tools } from './frames.ts';

export interface ConfigFromDataOptions {
  readonly configRefId?: string;
  readonly mappings?: readonly FieldMapping[];
  readonly applyTo?: MatcherConfig;
}

export function configFromData({ configRefId = 'config', mappings = [], applyTo }: ConfigFromDataOptions, frames: readonly DataFrame[], tools: Pick<Tools, 'reduced' | 'matching'>): DataFrame[] {
  const source = frames.find(({ refId }) => refId === configRefId);
  if (!source) return [...frames];
  const config: FieldConfig = {};
  for (const field of source.fields) {
    const handler = handlerOf(roleOf(field, mappings));
    const stat = mappings.find(({ fieldName }) => fieldName === field.name)?.reducerId ?? 'lastNotNull';
    if (handler) handler.apply(config, tools.reduced(field, stat));
  }
  const valueMappings = mappingsOf(source, mappings);
  if (valueMappings.length > 0) config.mappings = valueMappings;
  const fits = applyTo?.id ? tools.matching(applyTo) : undefined;
  const rest = frames.filter((frame) => frame !== source);
  return rest.map((frame) => ({ ...frame, fields: frame.fields.map((field) => ((fits ? fits(field, frame, rest) : field.type === kinds.number) ? { ...field, config: { ...field.config, ...config } } : field)) }));
}
