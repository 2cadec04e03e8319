/** The transformations themselves, apart so that pages without them don't load them. */
import { standardTransformers, type DataTransformerInfo } from '@grafana/data';

export function transformer(name: string): DataTransformerInfo {
  const found = (standardTransformers as unknown as Record<string, DataTransformerInfo>)[name];
  if (!found) throw new Error(`There is no transformation ${name}`);
  return found;
}
