/** The queries and expressions of a rule. */
import { css } from '@emotion/css';
import { CoreApp, type DataSourceInstanceSettings, type GrafanaTheme2 } from '@grafana/data';
import { config, getDataSourceSrv } from '@grafana/runtime';
import { Badge, Button, IconButton, Stack, useStyles2 } from '@grafana/ui';
import { useState } from 'react';
import { useLoaded } from '../../api/client.ts';
import { Shown } from '../../app/page.tsx';
import type { ExpressionQuery } from '../../sources/expression/expression.ts';
import { ExpressionEditor, newExpression as expressionOf } from '../../sources/expression/module.tsx';
import { sourceModules } from '../../sources/source-modules.ts';
import { AreaField, NumberField, PickField } from '../parts/fields.tsx';
import type { RuleQuery } from './rule.ts';

const expressions = '__expr__';

/** Sources whose back end can be asked while nobody looks. */
export const alertingSources = (): readonly DataSourceInstanceSettings[] => Object.values(config.datasources).filter(({ meta, uid }) => uid !== undefined && (meta as { readonly alerting?: boolean; readonly backend?: boolean }).alerting === true);

export const nextRefId = (data: readonly RuleQuery[]): string => {
  const used = new Set(data.map(({ refId }) => refId));
  return Array.from({ length: 26 }, (_, at) => String.fromCharCode(65 + at)).find((letter) => !used.has(letter)) ?? `Q${data.length}`;
};

const firstModels: Readonly<Record<string, Record<string, unknown>>> = {
  'grafana-testdata-datasource': { scenarioId: 'random_walk' }, prometheus: { expr: 'up', instant: true, range: false }, loki: { expr: '', queryType: 'instant' },
};

export const newQuery = (refId: string, source: DataSourceInstanceSettings): RuleQuery => ({
  refId, queryType: '', relativeTimeRange: { from: 600, to: 0 }, datasourceUid: source.uid, model: { refId, datasource: { type: source.type, uid: source.uid }, ...firstModels[source.type] },
});

export const newExpression = (refId: string, type: string, of: string): RuleQuery => ({
  refId, queryType: '', relativeTimeRange: { from: 0, to: 0 }, datasourceUid: expressions, model: { refId, datasource: { type: expressions, uid: expressions }, ...expressionOf(type, of) },
});

export interface RuleQueriesProps {
  readonly data: readonly RuleQuery[];
  readonly condition: string;
  readonly error?: string | undefined;
  /** The chosen one is written as a metric, instead of deciding whether to alert. */
  readonly recording?: boolean;
  readonly onChange: (data: readonly RuleQuery[], condition: string) => void;
}

export function RuleQueries({ data, condition, error, recording = false, onChange }: RuleQueriesProps) {
  const styles = useStyles2(stylesOf);
  const sources = alertingSources();
  const set = (next: RuleQuery) => onChange(data.map((one) => (one.refId === next.refId ? next : one)), condition);
  const last = data.at(-1)?.refId ?? 'A';
  return (
    <Stack direction="column" gap={1}>
      {data.map((query) => (
        <section key={query.refId} className={styles.card} aria-label={`Query ${query.refId}`}>
          <Stack direction="row" gap={1} alignItems="center" justifyContent="space-between">
            <Stack direction="row" gap={1} alignItems="center"><strong>{query.refId}</strong><span>{query.datasourceUid === expressions ? kindNames[String(query.model['type'])] ?? 'Expression' : 'Query'}</span>{condition === query.refId && <Badge color="blue" text={recording ? 'Written' : 'Decides'} />}</Stack>
            <Stack direction="row" gap={1} alignItems="center">
              {condition !== query.refId && <Button type="button" size="sm" variant="secondary" onClick={() => onChange(data, query.refId)}>{recording ? 'Write this' : 'Let it decide'}</Button>}
              <IconButton name="trash-alt" aria-label={`Remove ${query.refId}`} onClick={() => onChange(data.filter((one) => one !== query), condition)} />
            </Stack>
          </Stack>
          {query.datasourceUid === expressions ? <Expression query={query} data={data} onChange={set} /> : <SourceQuery query={query} sources={sources} onChange={set} />}
        </section>
      ))}
      {error !== undefined && <div role="alert" className={styles.error}>{error}</div>}
      <Stack direction="row" gap={1} wrap="wrap">
        <Button type="button" variant="secondary" icon="plus" disabled={sources.length === 0} tooltip={sources.length === 0 ? 'No data source that can be asked by rules is connected' : undefined} onClick={() => onChange([...data, newQuery(nextRefId(data), sources[0]!)], condition)}>Query</Button>
        {Object.entries(kindNames).map(([type, name]) => <Button key={type} type="button" variant="secondary" icon="plus" onClick={() => { const refId = nextRefId(data); onChange([...data, newExpression(refId, type, last)], type === 'threshold' ? refId : condition); }}>{name}</Button>)}
      </Stack>
    </Stack>
  );
}

const kindNames: Readonly<Record<string, string>> = { reduce: 'Reduce', threshold: 'Threshold', math: 'Math', resample: 'Resample', classic_conditions: 'Classic conditions', sql: 'SQL' };

/** An expression upon the other steps. */
function Expression({ query, data, onChange }: { readonly query: RuleQuery; readonly data: readonly RuleQuery[]; readonly onChange: (query: RuleQuery) => void }) {
  return (
    <ExpressionEditor
      app={CoreApp.UnifiedAlerting} datasource={undefined as never} query={query.model as unknown as ExpressionQuery} queries={data.map(({ model, refId }) => ({ ...model, refId }))} onRunQuery={() => undefined}
      onChange={(model) => onChange({ ...query, model: { ...model, refId: query.refId } })}
    />
  );
}

function SourceQuery({ query, sources, onChange }: { readonly query: RuleQuery; readonly sources: readonly DataSourceInstanceSettings[]; readonly onChange: (query: RuleQuery) => void }) {
  const type = sources.find(({ uid }) => uid === query.datasourceUid)?.type;
  return (
    <Stack direction="column" gap={1}>
      <Stack direction="row" gap={1} wrap="wrap">
        <PickField tight width={40} label="Data source" value={query.datasourceUid} choices={sources.map(({ uid, name }) => ({ value: uid, label: name }))} onChange={(uid) => {
          const source = sources.find((one) => one.uid === uid);
          if (source) onChange(newQuery(query.refId, source));
        }} />
        <NumberField tight width={20} label="Looks back, seconds" value={query.relativeTimeRange?.from} onChange={(from) => onChange({ ...query, relativeTimeRange: { from: from ?? 600, to: query.relativeTimeRange?.to ?? 0 } })} />
      </Stack>
      {type !== undefined && sourceModules[type] ? <PluginQuery key={query.datasourceUid} query={query} type={type} onChange={onChange} /> : <ModelField key={query.datasourceUid} query={query} onChange={onChange} />}
    </Stack>
  );
}

/** The source's own editor; JSON where it has none. */
function PluginQuery({ query, type, onChange }: { readonly query: RuleQuery; readonly type: string; readonly onChange: (query: RuleQuery) => void }) {
  const loaded = useLoaded(async () => {
    const [{ source }, datasource] = await Promise.all([sourceModules[type]!(), getDataSourceSrv().get(query.datasourceUid)]);
    return { Editor: source.QueryEditor, datasource };
  }, query.datasourceUid);
  return (
    <Shown loaded={loaded}>
      {({ Editor, datasource }) => Editor
        ? <Editor app={CoreApp.UnifiedAlerting} datasource={datasource} query={query.model} onRunQuery={() => undefined} onChange={(model: Record<string, unknown>) => onChange({ ...query, queryType: String(model['queryType'] ?? ''), model: { ...model, refId: query.refId } })} />
        : <ModelField query={query} onChange={onChange} />}
    </Shown>
  );
}

function ModelField({ query, onChange }: { readonly query: RuleQuery; readonly onChange: (query: RuleQuery) => void }) {
  const [text, setText] = useState(() => JSON.stringify(query.model, null, 2));
  const [fault, setFault] = useState<string | undefined>();
  return (
    <AreaField code rows={8} tight label={`Query ${query.refId} as JSON`} value={text} error={fault} onChange={(next) => {
      setText(next);
      try {
        onChange({ ...query, model: JSON.parse(next) as Record<string, unknown> });
        setFault(undefined);
      } catch (error) {
        setFault((error as Error).message);
      }
    }} />
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  card: css({ background: theme.colors.background.secondary, borderRadius: theme.shape.radius.default, padding: theme.spacing(1.5), display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
  error: css({ color: theme.colors.error.text }),
});
