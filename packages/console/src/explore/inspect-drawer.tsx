/** What was asked and what came back, as it is. */
import { getFrameDisplayName, toCSV, type PanelData } from '@grafana/data';
import { Button, Drawer, JSONFormatter, Stack, Tab, TabsBar } from '@grafana/ui';
import { useState } from 'react';

const tabs = ['Statistics', 'Query', 'Data'] as const;

export function InspectDrawer({ data, onClose }: { readonly data: PanelData; readonly onClose: () => void }) {
  const [tab, setTab] = useState<(typeof tabs)[number]>('Statistics');
  const { request } = data;
  const took = request?.endTime ? request.endTime - request.startTime : undefined;
  const rows = data.series.reduce((sum, { length }) => sum + length, 0);
  const download = () => {
    const url = URL.createObjectURL(new Blob([toCSV([...data.series], { useExcelHeader: false })], { type: 'text/csv;charset=utf-8' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = 'explore.csv';
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Drawer title="Inspector" size="md" onClose={onClose} tabs={<TabsBar>{tabs.map((name) => <Tab key={name} label={name} active={tab === name} onChangeTab={() => setTab(name)} />)}</TabsBar>}>
      {tab === 'Statistics' && (
        <dl>
          <dt>Time of the request</dt><dd>{took === undefined ? 'not known' : `${took} ms`}</dd>
          <dt>Queries</dt><dd>{request?.targets.length ?? 0}</dd>
          <dt>Frames</dt><dd>{data.series.length}</dd>
          <dt>Rows</dt><dd>{rows}</dd>
          {data.series.flatMap((frame, at) => (frame.meta?.stats ?? []).map(({ displayName, value }) => <div key={`${frame.refId}-${frame.name}-${displayName}`}><dt>{displayName} ({getFrameDisplayName(frame, at)})</dt><dd>{value}</dd></div>))}
        </dl>
      )}
      {tab === 'Query' && <JSONFormatter json={{ queries: request?.targets, executed: data.series.map(({ refId, meta }) => ({ refId, executed: meta?.executedQueryString })) }} open={3} />}
      {tab === 'Data' && <Stack direction="column" gap={2}><div><Button icon="download-alt" variant="secondary" disabled={rows === 0} onClick={download}>Download CSV</Button></div><JSONFormatter json={data.series} open={2} /></Stack>}
    </Drawer>
  );
}
