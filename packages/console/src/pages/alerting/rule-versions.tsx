/** Former versions of a rule: what changed, and going back. */
import { Button, Modal } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Shown } from '../../app/page.tsx';
import { Confirmed } from '../parts/confirmed.tsx';
import { DiffView } from '../../app/diff-view.tsx';
import { durationText } from '../parts/durations.ts';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { dateText } from '../parts/times.ts';
import { definitionText, type RuleNode, saveRule } from './rule.ts';

export function RuleVersions({ uid, present, mayWrite, onRestored }: { readonly uid: string; readonly present: RuleNode; readonly mayWrite: boolean; readonly onRestored: () => void }) {
  const versions = useLoaded(() => api.get<readonly RuleNode[]>(`/api/ruler/grafana/api/v1/rule/${encodeURIComponent(uid)}/versions`).catch((error: { readonly status?: number }) => {
    // A provisioned rule that was never changed has none.
    if (error.status === 404) return [];
    throw error;
  }), `${uid} ${present.grafana_alert.version}`);
  const [compared, setCompared] = useState<RuleNode>();
  const restore = async ({ grafana_alert: former, ...rest }: RuleNode) => {
    const { namespace_uid: folder = '', rule_group: group = '', intervalSeconds = 60 } = present.grafana_alert;
    if (await attempt(() => saveRule(folder, group, durationText(intervalSeconds), { ...rest, grafana_alert: { ...former, uid, is_paused: present.grafana_alert.is_paused } }), 'The version is back', 'The version could not be brought back')) {
      setCompared(undefined);
      onRestored();
    }
  };
  return (
    <Section title="Versions" description="How the rule was defined before">
      <Shown loaded={versions}>
        {(rows) => (
          <>
            <Table label="Versions" rows={rows} rowKey={(one) => one.grafana_alert.version ?? 0} pageSize={10} empty={<p>It was never changed.</p>} columns={[
              { label: 'Version', cell: (one) => one.grafana_alert.version },
              { label: 'Changed', cell: (one) => dateText(one.grafana_alert.updated) },
              { label: 'By', cell: (one) => one.grafana_alert.updated_by?.name || one.grafana_alert.updated_by?.uid || '—' },
              { label: 'Message', cell: (one) => one.grafana_alert.message ?? '' },
              { label: 'Actions', actions: true, cell: (one) => (one === rows[0] ? 'The present one' : (
                <>
                  <Button size="sm" variant="secondary" aria-label={`Compare version ${one.grafana_alert.version}`} onClick={() => setCompared(one)}>Compare</Button>
                  {mayWrite && <Confirmed size="sm" variant="secondary" label="Restore" title={`Restore version ${one.grafana_alert.version}?`} body="It becomes a new version; the present one stays in this list." onConfirm={() => restore(one)} />}
                </>
              )) },
            ]} />
            {compared && rows[0] && (
              <Modal isOpen title={`From version ${compared.grafana_alert.version} to the present one`} onDismiss={() => setCompared(undefined)}>
                <DiffView before={definitionText(compared)} after={definitionText(rows[0])} />
                <Modal.ButtonRow><Button variant="secondary" onClick={() => setCompared(undefined)}>Close</Button></Modal.ButtonRow>
              </Modal>
            )}
          </>
        )}
      </Shown>
    </Section>
  );
}
