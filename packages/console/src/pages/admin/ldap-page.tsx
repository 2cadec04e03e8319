/** LDAP: whether its servers answer, what one person would get, reading the file anew. */
import { config } from '@grafana/runtime';
import { Alert, Badge, Button } from '@grafana/ui';
import { useState } from 'react';
import { api, errorText, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';
import { TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { Facts, Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';

interface LdapServer { readonly host: string; readonly port: number; readonly available: boolean; readonly error: string }
interface Mapped { readonly cfgAttrValue?: string; readonly ldapValue?: string }
interface LdapUser {
  readonly name?: Mapped;
  readonly surname?: Mapped;
  readonly email?: Mapped;
  readonly login?: Mapped;
  readonly isGrafanaAdmin?: boolean | null;
  readonly isDisabled?: boolean;
  readonly roles?: readonly { readonly orgId: number; readonly orgName?: string; readonly orgRole: string; readonly groupDN: string }[] | null;
}

export default function LdapPage() {
  return (
    <Page title="LDAP" above={[{ label: 'Authentication', url: '/admin/authentication' }]}>
      {config.ldapEnabled ? <Ldap /> : <Alert severity="info" title="LDAP is not enabled">Enable it with “[auth.ldap] enabled = true” and describe the servers in the file that “config_file” names.</Alert>}
    </Page>
  );
}

function Ldap() {
  const servers = useLoaded(() => api.get<readonly LdapServer[]>('/api/admin/ldap/status'), '');
  return (
    <>
      <Section title="Servers" actions={may('ldap.config:reload') && <Button variant="secondary" onClick={async () => {
        if (await attempt(() => api.post('/api/admin/ldap/reload'), 'The configuration is read anew', 'The configuration could not be read')) servers.reload();
      }}>Read the configuration anew</Button>}>
        <Shown loaded={servers}>
          {(rows) => (
            <Table label="Servers" rows={rows} rowKey={(server) => `${server.host}:${server.port}`} empty={<p>No server is described.</p>} columns={[
              { label: 'Host', cell: (server) => server.host }, { label: 'Port', numeric: true, cell: (server) => server.port },
              { label: 'State', cell: (server) => (server.available ? <Badge color="green" text="Answers" /> : <Badge color="red" text="Does not answer" />) }, { label: 'Error', cell: (server) => server.error },
            ]} />
          )}
        </Shown>
      </Section>
      {may('ldap.user:read') && <Lookup />}
    </>
  );
}

function Lookup() {
  const [login, setLogin] = useState('');
  const [found, setFound] = useState<{ readonly user?: LdapUser; readonly failed?: string }>({});
  const text = (mapped: Mapped | undefined) => mapped?.ldapValue || '—';
  return (
    <Section title="Look somebody up" description="What they would get on signing in">
      <Form submit="Look up" disabled={login.trim() === ''} onSubmit={async () => {
        try {
          setFound({ user: await api.get<LdapUser>(`/api/admin/ldap/${encodeURIComponent(login.trim())}`) });
        } catch (error) {
          setFound({ failed: errorText(error) });
        }
      }}>
        <TextField label="Username" value={login} onChange={setLogin} />
      </Form>
      {found.failed !== undefined && <Alert severity="error" title={found.failed} />}
      {found.user && (
        <>
          <Facts facts={[['Name', `${text(found.user.name)} ${found.user.surname?.ldapValue ?? ''}`], ['Email', text(found.user.email)], ['Username', text(found.user.login)], ['Server admin', found.user.isGrafanaAdmin ? 'Yes' : 'No']]} />
          <Table label="Roles" rows={found.user.roles ?? []} rowKey={(role) => `${role.orgId} ${role.groupDN}`} empty={<p>No group of theirs is mapped to a role.</p>} columns={[
            { label: 'Group', cell: (role) => role.groupDN }, { label: 'Organization', cell: (role) => role.orgName ?? role.orgId }, { label: 'Role', cell: (role) => role.orgRole || '—' },
          ]} />
        </>
      )}
    </Section>
  );
}
