/** Edits one panel: what it asks, how it is drawn, with the result beside it. */
import { css } from '@emotion/css';
import { CoreApp, getDataSourceRef, getNextRefId, type DataQuery, type DataSourceInstanceSettings, type GrafanaTheme2, type PanelData, type PanelPlugin, type QueryEditorProps } from '@grafana/data';
import { config, getDataSourceSrv } from '@grafana/runtime';
import { SceneDataTransformer, sceneGraph, type SceneQueryRunner, type VizPanel } from '@grafana/scenes';
import { Alert, Button, CollapsableSection, Combobox, Field, IconButton, InlineFieldRow, Input, LoadingPlaceholder, Stack, Tab, TabsBar, TextArea, useStyles2 } from '@grafana/ui';
import { useEffect, useLayoutEffect, useMemo, useState, type ComponentType } from 'react';
import { useLoaded } from '../api/client.ts';
import { importPanelPlugin } from '../host/plugin-import.ts';
import { sourceModule } from '../host/data-source-srv.ts';
import { Flag, TextInput } from '../sources/parts/fields.tsx';
import { mapPanels, type PanelJson } from './model.ts';
import { panelJson } from './panel-menu.ts';
import { PanelOptions } from './panel-options.tsx';
import { vizPanel } from './scene/build-scene.ts';
import { setParams, type DashboardSession } from './session.ts';
import { Transformations } from './transformations.tsx';

export default function PanelEditor({ session, id }: { readonly session: DashboardSession; readonly id: number }) {
  const styles = useStyles2(stylesOf);
  const [panel, setPanel] = useState(() => panelJson(session, id));
  const [tab, setTab] = useState('queries');
  const { scene } = session.state();
  const plugin = useLoaded<PanelPlugin | undefined>(async () => (panel ? importPanelPlugin(panel.type) : undefined), panel?.type ?? '');
  // The preview stands where the panel stands, so that it sees the dashboard's range and variables.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a preview for each type; the rest is set on it
  const preview = useMemo(() => {
    if (!panel) return undefined;
    const made = vizPanel(panel, {});
    Object.assign(made, { _parent: scene });
    return made;
  }, [panel?.type, panel && rangeOf(panel), scene]);
  // As a part of the scene it learns what becomes of the variables.
  useLayoutEffect(() => {
    scene.setState({ preview });
    return () => scene.setState({ preview: undefined });
  }, [scene, preview]);
  useEffect(() => scene.activate(), [scene]);
  if (!panel || !preview) return <Alert severity="error" title={`There is no panel ${id} in this dashboard`} />;

  const change = (next: PanelJson) => {
    setPanel(next);
    applyTo(preview, panel, next);
  };
  const apply = () => {
    session.edit(true);
    session.change((before) => mapPanels(before, (one) => (one.id === id ? panel : one)));
    setParams({ editPanel: null });
  };
  const { timePicker, refreshPicker, variableControls } = scene.state;
  return (
    <div className={styles.editor}>
      <div className={styles.main}>
        <Stack justifyContent="space-between" wrap="wrap">
          <div className={styles.chosen}><variableControls.Component model={variableControls} /></div>
          <Stack gap={1}><timePicker.Component model={timePicker} /><refreshPicker.Component model={refreshPicker} /><Button size="md" onClick={apply}>Apply</Button><Button variant="secondary" onClick={() => setParams({ editPanel: null })}>Discard</Button></Stack>
        </Stack>
        <div className={styles.preview}><preview.Component model={preview} /></div>
        <TabsBar>
          <Tab label="Queries" counter={panel.targets?.length ?? 0} active={tab === 'queries'} onChangeTab={() => setTab('queries')} />
          <Tab label="Transformations" counter={panel.transformations?.length ?? 0} active={tab === 'transformations'} onChangeTab={() => setTab('transformations')} />
        </TabsBar>
        {tab === 'queries' ? <Queries panel={panel} preview={preview} onChange={change} /> : <Transformations panel={panel} preview={preview} onChange={change} />}
      </div>
      <aside className={styles.side} aria-label="Panel options">{plugin.value ? <PanelOptions session={session} panel={panel} plugin={plugin.value} preview={preview} onChange={change} /> : <LoadingPlaceholder text="Loading" />}</aside>
    </div>
  );
}

/** Sets on the preview what has changed; queries ask again only where they differ. */
function applyTo(preview: VizPanel, before: PanelJson, after: PanelJson): void {
  if (before.type !== after.type) return;
  if (before.options !== after.options) preview.onOptionsChange((after.options ?? {}) as never, true);
  if (before.fieldConfig !== after.fieldConfig) preview.onFieldConfigChange((after.fieldConfig ?? { defaults: {}, overrides: [] }) as never, true);
  preview.setState({ title: after.title ?? '', description: after.description ?? '', displayMode: after.transparent ? 'transparent' : 'default', hoverHeader: !after.title });
  const data = preview.state.$data;
  if (!(data instanceof SceneDataTransformer)) return;
  if (before.transformations !== after.transformations) {
    data.setState({ transformations: [...(after.transformations ?? [])] });
    data.reprocessTransformations();
  }
  const runner = data.state.$data as SceneQueryRunner;
  const asksDifferently = queryOptionKeys.some((key) => before[key] !== after[key]);
  if (asksDifferently) runner.setState({ maxDataPoints: after.maxDataPoints ?? undefined, minInterval: after.interval || undefined, cacheTimeout: after.cacheTimeout || undefined } as never);
  if (before.targets !== after.targets || before.datasource !== after.datasource) runner.setState({ queries: (after.targets ?? []).map((target) => ({ ...target })), datasource: after.datasource ?? undefined } as never);
  if (asksDifferently || before.targets !== after.targets || before.datasource !== after.datasource) runner.runQueries();
}

/** How a panel asks, whatever it asks; a range of its own takes another preview. */
const queryOptionKeys = ['maxDataPoints', 'interval', 'cacheTimeout'] as const;
const rangeOf = ({ timeFrom, timeShift, hideTimeOverride }: PanelJson) => JSON.stringify([timeFrom, timeShift, hideTimeOverride]);

const mixed = { type: 'mixed', uid: '-- Mixed --' };

function Queries({ panel, preview, onChange }: { readonly panel: PanelJson; readonly preview: VizPanel; readonly onChange: (panel: PanelJson) => void }) {
  const { data } = sceneGraph.getData(preview).useState();
  const list = getDataSourceSrv().getList({ mixed: true, dashboard: true, variables: true });
  const targets = panel.targets ?? [];
  const source = getDataSourceSrv().getInstanceSettings(panel.datasource ?? targets[0]?.datasource);
  const set = (next: readonly DataQuery[]) => onChange({ ...panel, datasource: panel.datasource ?? (source ? getDataSourceRef(source) : null), targets: next });
  const choose = (uid: string) => {
    const chosen = list.find((one) => one.uid === uid);
    if (!chosen) return;
    const ref = chosen.meta.id === 'mixed' ? mixed : getDataSourceRef(chosen);
    const keeps = chosen.meta.id === 'mixed' || chosen.type === source?.type;
    onChange({ ...panel, datasource: ref, targets: keeps ? targets.map((target) => (chosen.meta.id === 'mixed' ? { ...target, datasource: target.datasource ?? panel.datasource ?? undefined } : { ...target, datasource: ref })) as DataQuery[] : [{ refId: 'A', datasource: ref }] });
  };
  const add = (more: Partial<DataQuery> = {}) => set([...targets, { refId: getNextRefId([...targets]), ...(source && source.meta.id !== 'mixed' ? { datasource: getDataSourceRef(source) } : {}), ...more }]);
  const isMixed = source?.meta.id === 'mixed';
  return (
    <Stack direction="column" gap={2}>
      <Field noMargin label="Data source"><Combobox width={40} options={list.map(({ name, uid, meta }) => ({ value: uid, label: name, description: meta.name }))} value={source?.uid ?? ''} onChange={({ value }) => choose(value)} /></Field>
      <QueryOptions panel={panel} onChange={onChange} />
      {targets.map((target, index) => (
        <OneQuery
          key={target.refId} query={target} source={isMixed ? getDataSourceSrv().getInstanceSettings(target.datasource) : source} sources={isMixed ? list.filter(({ meta }) => meta.id !== 'mixed') : undefined} data={data} queries={[...targets]}
          onChange={(next) => set(targets.map((one, at) => (at === index ? next : one)))} onRemove={() => set(targets.filter((_, at) => at !== index))} onDuplicate={() => add({ ...target, refId: getNextRefId([...targets]) })}
          onMove={(by) => { const next = [...targets]; const [one] = next.splice(index, 1); next.splice(Math.max(0, index + by), 0, one!); set(next); }} onRun={() => sceneGraph.getTimeRange(preview).onRefresh()}
        />
      ))}
      <Stack gap={1}>
        <Button icon="plus" variant="secondary" onClick={() => add()}>Add query</Button>
        {config.expressionsEnabled && <Button icon="plus" variant="secondary" onClick={() => add({ datasource: { type: '__expr__', uid: '__expr__' }, type: 'math', expression: '' } as Partial<DataQuery>)}>Add expression</Button>}
      </Stack>
    </Stack>
  );
}

function QueryOptions({ panel, onChange }: { readonly panel: PanelJson; readonly onChange: (panel: PanelJson) => void }) {
  const told = [panel.maxDataPoints && `at most ${panel.maxDataPoints} points`, panel.interval && `steps of ${panel.interval} or more`, panel.timeFrom && `the last ${panel.timeFrom}`, panel.timeShift && `shifted by ${panel.timeShift}`].filter(Boolean).join(', ');
  const text = (key: 'interval' | 'timeFrom' | 'timeShift' | 'cacheTimeout', value: string) => onChange({ ...panel, [key]: value || null });
  return (
    <CollapsableSection label={<span>Query options{told && <small> ({told})</small>}</span>} isOpen={false}>
      <InlineFieldRow>
        <TextInput label="Max data points" type="number" placeholder="width of the panel" width={20} value={panel.maxDataPoints ?? ''} onChange={(value) => onChange({ ...panel, maxDataPoints: Number(value) > 0 ? Math.round(Number(value)) : null })} />
        <TextInput label="Min interval" placeholder="that of the source" width={20} value={panel.interval ?? ''} tooltip="The shortest step, for example 1m" onChange={(value) => text('interval', value)} />
        <TextInput label="Relative time" placeholder="1h" width={12} value={panel.timeFrom ?? ''} tooltip="A length of its own, where the dashboard's range ends now" onChange={(value) => text('timeFrom', value)} />
        <TextInput label="Time shift" placeholder="1d" width={12} value={panel.timeShift ?? ''} tooltip="Earlier by so much" onChange={(value) => text('timeShift', value)} />
        {(panel.timeFrom || panel.timeShift) && <Flag label="Hide time info" value={panel.hideTimeOverride === true} onChange={(hideTimeOverride) => onChange({ ...panel, hideTimeOverride })} />}
        <TextInput label="Cache timeout" placeholder="60" width={12} value={panel.cacheTimeout ?? ''} onChange={(value) => text('cacheTimeout', value)} />
      </InlineFieldRow>
    </CollapsableSection>
  );
}

interface OneQueryProps {
  readonly query: DataQuery;
  readonly source: DataSourceInstanceSettings | undefined;
  readonly sources: readonly DataSourceInstanceSettings[] | undefined;
  readonly data: PanelData | undefined;
  readonly queries: DataQuery[];
  readonly onChange: (query: DataQuery) => void;
  readonly onRemove: () => void;
  readonly onDuplicate: () => void;
  readonly onMove: (by: -1 | 1) => void;
  readonly onRun: () => void;
}

function OneQuery({ query, source, sources, data, queries, onChange, onRemove, onDuplicate, onMove, onRun }: OneQueryProps) {
  const styles = useStyles2(stylesOf);
  const isExpression = query.datasource?.type === '__expr__' || query.datasource?.uid === '__expr__';
  const own = isExpression ? getDataSourceSrv().getInstanceSettings(query.datasource) : source;
  const editor = useLoaded(async () => {
    if (!own) return undefined;
    const [instance, module] = await Promise.all([getDataSourceSrv().get(isExpression ? query.datasource : own.uid), sourceModule(own.meta)]);
    return { instance, Editor: module.QueryEditor as ComponentType<QueryEditorProps<never, DataQuery>> | undefined };
  }, own?.uid ?? '');
  const error = data?.errors?.find(({ refId }) => refId === query.refId || refId === undefined);
  const isLacking = /plugin (unavailable|not registered)/i.test(error?.message ?? error?.data?.message ?? '');
  return (
    <section className={styles.query} aria-label={`Query ${query.refId}`}>
      <Stack justifyContent="space-between" alignItems="center">
        <Stack alignItems="center" gap={1}>
          <Input aria-label="Name of the query" width={12} value={query.refId} onChange={(event) => onChange({ ...query, refId: event.currentTarget.value })} />
          {sources && !isExpression ? <Combobox aria-label={`Data source of ${query.refId}`} width={30} options={sources.map(({ name, uid }) => ({ value: uid, label: name }))} value={own?.uid ?? ''} onChange={({ value }) => { const chosen = sources.find(({ uid }) => uid === value); if (chosen) onChange({ refId: query.refId, datasource: getDataSourceRef(chosen) }); }} /> : <span>{isExpression ? 'Expression' : own?.name}</span>}
        </Stack>
        <Stack gap={0.5}>
          <IconButton name="arrow-up" aria-label="Move up" onClick={() => onMove(-1)} /><IconButton name="arrow-down" aria-label="Move down" onClick={() => onMove(1)} />
          <IconButton name="copy" aria-label="Duplicate the query" onClick={onDuplicate} />
          <IconButton name={query.hide ? 'eye-slash' : 'eye'} aria-label={query.hide ? 'Show the result' : 'Hide the result'} onClick={() => onChange({ ...query, hide: !query.hide })} />
          <IconButton name="trash-alt" aria-label="Remove the query" onClick={onRemove} />
        </Stack>
      </Stack>
      {error && (isLacking
        ? <Alert severity="warning" title={`This server cannot ask ${own?.meta.name ?? 'this type of'} data sources`}>The part of the server that speaks to them is not there. The query can be written and kept; it finds data once the part is there.</Alert>
        : <Alert severity="error" title={error.message ?? error.data?.message ?? 'The query failed'} />)}
      {editor.value?.Editor ? <editor.value.Editor datasource={editor.value.instance as never} query={query} onChange={onChange} onRunQuery={onRun} queries={queries} {...(data ? { data } : {})} app={CoreApp.PanelEditor} /> : editor.loading ? <LoadingPlaceholder text="Loading" /> : <JsonQuery query={query} onChange={onChange} />}
    </section>
  );
}

/** For sources that have no editor here. */
function JsonQuery({ query, onChange }: { readonly query: DataQuery; readonly onChange: (query: DataQuery) => void }) {
  const { refId, datasource, hide, ...rest } = query;
  const [text, setText] = useState(() => JSON.stringify(rest, null, 2));
  const [problem, setProblem] = useState('');
  const done = () => {
    try {
      onChange({ ...(JSON.parse(text) as object), refId, ...(datasource ? { datasource } : {}), ...(hide ? { hide } : {}) });
      setProblem('');
    } catch (error) {
      setProblem(String(error));
    }
  };
  return <Field noMargin label="Query as JSON" invalid={problem !== ''} error={problem}><TextArea rows={6} value={text} style={{ fontFamily: 'monospace' }} onChange={(event) => setText(event.currentTarget.value)} onBlur={done} /></Field>;
}

const stylesOf = (theme: GrafanaTheme2) => ({
  editor: css({ display: 'flex', gap: theme.spacing(2), padding: theme.spacing(1, 2), alignItems: 'flex-start' }),
  main: css({ flex: 1, minWidth: 0, display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
  chosen: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
  preview: css({ height: '42vh', minHeight: 240, position: 'relative', display: 'flex' }),
  side: css({ width: 330, flexShrink: 0, maxHeight: 'calc(100vh - 120px)', overflowY: 'auto', padding: theme.spacing(1, 1.5), background: theme.colors.background.primary, border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default }),
  query: css({ background: theme.colors.background.secondary, padding: theme.spacing(1.5), borderRadius: theme.shape.radius.default, display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
});
