/** What is behind a panel: its data as a table and a file, its queries with what came of them, its JSON. */
import { applyFieldOverrides, cacheFieldDisplayNames, CSVHeaderStyle, getFrameDisplayName, toCSV, type DataFrame, type PanelData } from '@grafana/data';
import { config } from '@grafana/runtime';
import { sceneGraph, type VizPanel } from '@grafana/scenes';
import { Alert, Button, Combobox, Drawer, Stack, Tab, TabsBar, TextArea } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { useMemo, useState } from 'react';
import type { PanelJson } from './model.ts';

interface Props {
  readonly panel: VizPanel;
  readonly json: PanelJson | undefined;
  readonly tab: string;
  readonly onTab: (tab: string) => void;
  readonly onClose: () => void;
  readonly onJson?: ((json: PanelJson) => void) | undefined;
}

const tabs = [['data', 'Data'], ['query', 'Query'], ['json', 'JSON']] as const;

export function InspectDrawer({ panel, json, tab, onTab, onClose, onJson }: Props) {
  const { data } = sceneGraph.getData(panel).useState();
  return (
    <Drawer title={`Inspect: ${sceneGraph.interpolate(panel, panel.state.title) || 'panel'}`} size="lg" onClose={onClose} tabs={<TabsBar>{tabs.map(([id, label]) => <Tab key={id} label={label} active={tab === id} onChangeTab={() => onTab(id)} />)}</TabsBar>}>
      {tab === 'data' && <DataTab data={data} title={panel.state.title} timeZone={sceneGraph.getTimeRange(panel).getTimeZone()} />}
      {tab === 'query' && <QueryTab data={data} onRefresh={() => sceneGraph.getTimeRange(panel).onRefresh()} />}
      {tab === 'json' && <JsonTab json={json} onJson={onJson} />}
    </Drawer>
  );
}

function DataTab({ data, title, timeZone }: { readonly data: PanelData | undefined; readonly title: string; readonly timeZone: string }) {
  const [chosen, setChosen] = useState(0);
  const frames = data?.series ?? [];
  const frame = frames[chosen] ?? frames[0];
  // The table draws anew whenever its frame is another one.
  const shown = useMemo(() => {
    if (!frame) return undefined;
    const made = applyFieldOverrides({ data: [frame], theme: config.theme2, fieldConfig: { defaults: {}, overrides: [] }, replaceVariables: (text) => text, timeZone });
    cacheFieldDisplayNames(made);
    return made[0];
  }, [frame, timeZone]);
  if (!frame || !shown) return <p>This panel has no data. The Query tab shows what was asked.</p>;
  return (
    <Stack direction="column" gap={1}>
      <Stack gap={1}>
        {frames.length > 1 && <Combobox aria-label="Frame" width="auto" minWidth={20} options={frames.map((one, index) => ({ value: index, label: getFrameDisplayName(one, index) }))} value={chosen} onChange={({ value }) => setChosen(value)} />}
        <Button icon="download-alt" variant="secondary" onClick={() => download(`${title || 'panel'}.csv`, toCSV([plain(frame)], { delimiter: ',', quoteChar: '"', newline: '\r\n', headerStyle: CSVHeaderStyle.name }), 'text/csv')}>Download CSV</Button>
      </Stack>
      <TableNG data={shown} width={Math.min(innerWidth * 0.7, 1000)} height={innerHeight - 260} />
    </Stack>
  );
}

/** Times as text that other programs read. */
const plain = (frame: DataFrame): DataFrame => ({ ...frame, fields: frame.fields.map((field) => (field.type === 'time' ? { ...field, values: field.values.map((value) => (typeof value === 'number' ? new Date(value).toISOString() : value)), display: undefined } : field) as never) });

export function download(name: string, text: string, type: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}

function QueryTab({ data, onRefresh }: { readonly data: PanelData | undefined; readonly onRefresh: () => void }) {
  if (!data?.request) return <p>This panel asks nothing.</p>;
  const { request, errors = [], series } = data;
  const took = request.endTime === undefined ? undefined : request.endTime - request.startTime;
  const executed = series.flatMap((frame) => (frame.meta?.executedQueryString ? [`${frame.refId ?? ''}: ${frame.meta.executedQueryString}`] : []));
  const text = JSON.stringify({ from: request.range.from.toISOString(), to: request.range.to.toISOString(), interval: request.interval, maxDataPoints: request.maxDataPoints, queries: request.targets }, null, 2);
  return (
    <Stack direction="column" gap={1}>
      <Stack gap={2} alignItems="center"><Button icon="sync" variant="secondary" onClick={onRefresh}>Ask again</Button>{took !== undefined && <span>{took} ms, {series.length} {series.length === 1 ? 'frame' : 'frames'}, {series.reduce((sum, frame) => sum + frame.length, 0)} rows</span>}</Stack>
      {errors.map((error, index) => <Alert key={[error.refId, index].join()} severity="error" title={error.refId ? `Query ${error.refId} failed` : 'The query failed'}>{error.message ?? error.data?.message}</Alert>)}
      {executed.length > 0 && <><h5>As it was executed</h5><pre>{[...new Set(executed)].join('\n')}</pre></>}
      <h5>As it was sent</h5>
      <pre>{text}</pre>
    </Stack>
  );
}

function JsonTab({ json, onJson }: { readonly json: PanelJson | undefined; readonly onJson: ((json: PanelJson) => void) | undefined }) {
  const [text, setText] = useState(() => JSON.stringify(json, null, 2));
  const [problem, setProblem] = useState<string>();
  const apply = () => {
    try {
      onJson?.({ ...(JSON.parse(text) as PanelJson), id: json!.id });
      setProblem(undefined);
    } catch (error) {
      setProblem(String(error));
    }
  };
  return (
    <Stack direction="column" gap={1}>
      {problem && <Alert severity="error" title="This is not valid JSON">{problem}</Alert>}
      <TextArea aria-label="JSON of the panel" value={text} readOnly={!onJson} rows={28} style={{ fontFamily: 'monospace' }} onChange={(event) => setText(event.currentTarget.value)} />
      {onJson && <div><Button onClick={apply}>Apply</Button></div>}
    </Stack>
  );
}
