/** Texts of notifications. */
import { Badge, EmptyState, LinkButton } from '@grafana/ui';
import { useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { mayAny } from '../../host/boot-data.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { Table } from '../parts/table.tsx';
import { contactTabs } from './notification-tabs.ts';
import { isProvisioned, listOf, remove, type TemplateSpec } from './notification.ts';

export default function TemplatesPage() {
  const templates = useLoaded(() => listOf<TemplateSpec>('templategroups'), '');
  const mayWrite = mayAny('alert.notifications:write', 'alert.notifications.templates:write');
  const add = mayWrite && <LinkButton icon="plus" href="/alerting/notifications/templates/new">New template</LinkButton>;
  return (
    <Page title="Templates" subtitle="Texts that contact points can use" tabs={contactTabs} actions={add}>
      <Shown loaded={templates}>
        {(rows) => (
          <Table label="Templates" rows={rows} rowKey={(one) => one.metadata.name} words={(one) => one.spec.title} empty={<EmptyState variant="call-to-action" message="There are no templates" button={add || undefined} />} columns={[
            { label: 'Name', cell: (one) => one.spec.title, sort: (one) => one.spec.title },
            { label: 'Defines', cell: (one) => [...one.spec.content.matchAll(/\{\{-?\s*define\s+"([^"]+)"/g)].map(([, name]) => name).slice(0, 8).join(', ') },
            { label: 'Marks', cell: (one) => isProvisioned(one) && <Badge color="purple" icon="lock" text={one.metadata.name === '__default__' ? 'Built in' : 'Provisioned'} /> },
            { label: 'Actions', actions: true, cell: (one) => (
              <>
                <LinkButton size="sm" variant="secondary" aria-label={`${mayWrite && !isProvisioned(one) ? 'Edit' : 'View'} ${one.spec.title}`} href={`/alerting/notifications/templates/${one.metadata.name}/edit`}>{mayWrite && !isProvisioned(one) ? 'Edit' : 'View'}</LinkButton>
                {mayWrite && <LinkButton size="sm" variant="secondary" icon="copy" aria-label={`Duplicate ${one.spec.title}`} href={`/alerting/notifications/templates/${one.metadata.name}/duplicate`} />}
                {mayWrite && !isProvisioned(one) && <Confirmed iconOnly label={`Delete ${one.spec.title}`} title={`Delete ${one.spec.title}?`} body="Contact points that use it fail to notify." confirmText="Delete" onConfirm={async () => {
                  if (await attempt(() => remove('templategroups', one.metadata.name), 'The template is deleted', 'The template could not be deleted')) templates.reload();
                }} />}
              </>
            ) },
          ]} />
        )}
      </Shown>
    </Page>
  );
}
