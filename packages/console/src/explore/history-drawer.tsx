/** Queries that this person ran before: found, starred, commented and run again. */
import { dateTimeFormat } from '@grafana/data';
import { getDataSourceSrv } from '@grafana/runtime';
import { Button, Card, Drawer, EmptyState, FilterInput, IconButton, InlineSwitch, Input, Stack } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../api/client.ts';
import { attempt } from '../app/notify.ts';
import { Shown } from '../app/page.tsx';
import type { ExploreQuery } from './explore-url.ts';

interface HistoryEntry {
  readonly uid: string;
  readonly datasourceUid: string;
  /** Seconds. */
  readonly createdAt: number;
  readonly comment: string;
  readonly starred: boolean;
  readonly queries: readonly ExploreQuery[] | null;
}

export interface HistoryDrawerProps {
  readonly onClose: () => void;
  readonly onRun: (datasource: string, queries: readonly ExploreQuery[]) => void;
}

export function HistoryDrawer({ onClose, onRun }: HistoryDrawerProps) {
  const [text, setText] = useState('');
  const [starred, setStarred] = useState(false);
  const found = useLoaded(
    async () => (await api.get<{ result: { queryHistory: readonly HistoryEntry[] | null } }>('/api/query-history', { limit: 100, sort: 'time-desc', searchString: text, ...(starred ? { onlyStarred: true } : {}) })).result.queryHistory ?? [],
    `${starred}/${text}`,
  );
  return (
    <Drawer title="Query history" size="md" onClose={onClose}>
      <Stack direction="row" gap={1}>
        <FilterInput placeholder="Search queries and comments" value={text} onChange={setText} escapeRegex={false} />
        <InlineSwitch label="Starred" showLabel value={starred} onChange={(event) => setStarred(event.currentTarget.checked)} />
      </Stack>
      <Shown loaded={found}>
        {(entries) => (entries.length === 0 ? <EmptyState variant="not-found" message={text || starred ? 'No query fits' : 'There are no queries yet'}>Queries that you run in Explore are kept here for two weeks; starred ones stay.</EmptyState>
          : entries.map((entry) => <Entry key={entry.uid} entry={entry} onRun={onRun} reload={found.reload} />))}
      </Shown>
    </Drawer>
  );
}

function Entry({ entry, onRun, reload }: { readonly entry: HistoryEntry; readonly onRun: HistoryDrawerProps['onRun']; readonly reload: () => void }) {
  const { uid, datasourceUid, createdAt, comment, starred, queries } = entry;
  const source = getDataSourceSrv().getInstanceSettings(datasourceUid);
  const url = `/api/query-history/${uid}`;
  const star = () => attempt(async () => { await (starred ? api.delete(`/api/query-history/star/${uid}`) : api.post(`/api/query-history/star/${uid}`)); reload(); }, starred ? 'Star removed' : 'Starred', 'The star could not be changed');
  const remove = () => attempt(async () => { await api.delete(url); reload(); }, 'Query deleted', 'The query could not be deleted');
  const say = (next: string) => next !== comment && attempt(async () => { await api.patch(url, { comment: next }); reload(); }, 'Comment saved', 'The comment could not be saved');
  return (
    <Card noMargin>
      <Card.Heading>{source?.name ?? 'A data source that is gone'}</Card.Heading>
      <Card.Meta>{dateTimeFormat(createdAt * 1000)}</Card.Meta>
      <Card.Description>
        {(queries ?? []).map((query) => <code key={query.refId} style={{ display: 'block', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{queryText(query)}</code>)}
        <Input aria-label="Comment" placeholder="Add a comment" defaultValue={comment} onBlur={(event) => say(event.currentTarget.value)} />
      </Card.Description>
      <Card.Actions><Button size="sm" disabled={!source} onClick={() => onRun(datasourceUid, queries ?? [])}>Run query</Button></Card.Actions>
      <Card.SecondaryActions>
        <IconButton name={starred ? 'favorite' : 'star'} iconType={starred ? 'mono' : 'default'} aria-label={starred ? 'Remove the star' : 'Star'} onClick={star} />
        <IconButton name="trash-alt" aria-label="Delete from the history" onClick={remove} />
      </Card.SecondaryActions>
    </Card>
  );
}

function queryText({ refId: _refId, datasource: _datasource, hide: _hide, key: _key, ...query }: ExploreQuery): string {
  for (const member of ['expr', 'rawSql', 'query', 'target', 'expression'] as const) if (typeof query[member] === 'string' && query[member] !== '') return query[member] as string;
  return JSON.stringify(query);
}
