/** Links from what one source found to queries of another, or to an address (dashboards-and-content §13.2). */
import type { DataFrame, DataLink } from '@grafana/data';
import { api } from '../api/client.ts';

export interface Correlation {
  readonly uid: string;
  readonly sourceUID: string;
  readonly targetUID?: string;
  readonly label?: string;
  readonly type?: 'query' | 'external';
  readonly config: { readonly type?: 'query' | 'external'; readonly field: string; readonly target: Readonly<Record<string, unknown>> };
}

export async function correlationsFrom(sourceUID: string): Promise<readonly Correlation[]> {
  const { correlations } = await api.get<{ readonly correlations: readonly Correlation[] | null }>('/api/datasources/correlations', { sourceUID, limit: 1000 });
  return correlations ?? [];
}

/** The frames with the links at the fields that carry them; frames without any stay the same objects. */
export function withLinks(frames: readonly DataFrame[], correlations: readonly Correlation[], nameOf: (uid: string) => string | undefined): readonly DataFrame[] {
  if (correlations.length === 0) return frames;
  return frames.map((frame) => {
    if (!frame.fields.some(({ name }) => correlations.some(({ config }) => config.field === name))) return frame;
    return {
      ...frame,
      fields: frame.fields.map((field) => {
        const links = correlations.flatMap((one) => (one.config.field === field.name ? linkOf(one, nameOf) ?? [] : []));
        return links.length === 0 ? field : { ...field, config: { ...field.config, links: [...(field.config.links ?? []), ...links] } };
      }),
    };
  });
}

function linkOf({ type, config, label, targetUID }: Correlation, nameOf: (uid: string) => string | undefined): DataLink | undefined {
  if ((type ?? config.type) === 'external') return { title: label || 'Open', url: String(config.target['url'] ?? ''), targetBlank: true };
  const name = targetUID === undefined ? undefined : nameOf(targetUID);
  return name === undefined ? undefined : { title: label || name, url: '', internal: { datasourceUid: targetUID!, datasourceName: name, query: { refId: 'A', ...config.target } } };
}
