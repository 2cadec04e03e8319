/** What a dashboard was before: compared with each other, and brought back. */
import { Button, Checkbox, ConfirmModal, Stack } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { Shown } from '../../app/page.tsx';
import { attempt } from '../../app/notify.ts';
import { DiffView } from '../../app/diff-view.tsx';
import { jsonText } from '../../app/line-diff.ts';
import { setParams } from '../session.ts';

interface Version {
  readonly version: number;
  readonly created: string;
  readonly createdBy: string;
  readonly message: string;
}

const shownFirst = 50;

export function Versions({ uid, current, mayRestore, onRestored }: { readonly uid: string; readonly current: number; readonly mayRestore: boolean; readonly onRestored: () => void }) {
  const base = `/api/dashboards/uid/${encodeURIComponent(uid)}`;
  const [limit, setLimit] = useState(shownFirst);
  const found = useLoaded(async () => {
    const answer = await api.get<{ versions: Version[] } | Version[]>(`${base}/versions`, { limit });
    return Array.isArray(answer) ? answer : answer.versions;
  }, `${uid} ${limit}`);
  const [restoring, setRestoring] = useState<Version>();
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const [compared, setCompared] = useState<readonly [before: number, after: number]>();
  const diff = useLoaded(async () => {
    if (!compared) return undefined;
    const [before, after] = await Promise.all(compared.map(async (version) => (await api.get<{ data: unknown }>(`${base}/versions/${version}`)).data));
    return { before, after };
  }, String(compared));
  const choose = (version: number) => setChosen(chosen.includes(version) ? chosen.filter((one) => one !== version) : [...chosen, version].slice(-2));
  const restore = (version: number) => attempt(() => api.post(`${base}/restore`, { version }), `Version ${version} restored`, 'The version was not restored').then((ok) => ok && (setParams({ editview: null }), onRestored()));
  return (
    <Shown loaded={found}>
      {(versions) => (
        <Stack direction="column" gap={2}>
          <table className="filter-table">
            <thead><tr><th><span className="sr-only">Compare</span></th><th>Version</th><th>Date</th><th>By</th><th>Message</th><th><span className="sr-only">Actions</span></th></tr></thead>
            <tbody>
              {versions.map((version) => (
                <tr key={version.version}>
                  <td><Checkbox aria-label={`Choose version ${version.version}`} value={chosen.includes(version.version)} onChange={() => choose(version.version)} /></td>
                  <td>{version.version}</td><td>{new Date(version.created).toLocaleString()}</td><td>{version.createdBy}</td><td>{version.message}</td>
                  <td>{version.version === current ? 'Latest' : <Stack gap={1}><Button size="sm" variant="secondary" onClick={() => setCompared([version.version, current])}>Compare</Button>{mayRestore && <Button size="sm" variant="secondary" icon="history" onClick={() => setRestoring(version)}>Restore</Button>}</Stack>}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <Stack gap={1}>
            {versions.length > 1 && <Button variant="secondary" disabled={chosen.length < 2} tooltip={chosen.length < 2 ? 'Choose two versions' : ''} onClick={() => setCompared([Math.min(...chosen), Math.max(...chosen)])}>Compare the two</Button>}
            {versions.length >= limit && <Button variant="secondary" onClick={() => setLimit(limit * 4)}>Show older ones</Button>}
          </Stack>
          {compared && <section><h4>From version {compared[0]} to {compared[1] === current ? 'the latest' : `version ${compared[1]}`}</h4><Shown loaded={diff}>{(pair) => pair ? <DiffView before={jsonText(pair.before)} after={jsonText(pair.after)} /> : null}</Shown></section>}
          {restoring && <ConfirmModal isOpen title="Restore version" body={`Make version ${restoring.version} the latest? What there is now stays among the versions.`} confirmText="Restore" confirmButtonVariant="primary" onConfirm={() => { setRestoring(undefined); void restore(restoring.version); }} onDismiss={() => setRestoring(undefined)} />}
        </Stack>
      )}
    </Shown>
  );
}
