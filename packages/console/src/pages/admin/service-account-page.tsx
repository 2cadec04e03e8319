/** One account of a program: what it may do, its tokens, who may manage it. */
import { config } from '@grafana/runtime';
import { Alert, Badge, Button, ClipboardButton, Input, Modal, Stack } from '@grafana/ui';
import { useState } from 'react';
import { useParams } from 'react-router-dom';
import { api, errorText, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { type OrgRole, orgRoles } from '../parts/choices.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { NumberField, PickField, TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { goTo } from '../parts/go.ts';
import { Permissions } from '../parts/permissions.tsx';
import { Facts, Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { agoText, dateText } from '../parts/times.ts';
import type { ServiceAccount, Token } from './service-account.ts';

export default function ServiceAccountPage() {
  const { id = '' } = useParams();
  const of = `/api/serviceaccounts/${encodeURIComponent(id)}`;
  const account = useLoaded(() => api.get<ServiceAccount>(of, { accesscontrol: true }), of);
  const { value } = account;
  const can = (action: string) => value?.accessControl?.[action] === true;
  const mayWrite = can('serviceaccounts:write') && value?.isExternal !== true;
  const change = async (work: () => Promise<unknown>, done: string) => {
    if (await attempt(work, done, 'The service account could not be changed')) account.reload();
  };
  return (
    <Page title={value?.name ?? 'Service account'} above={[{ label: 'Service accounts', url: '/org/serviceaccounts' }]} subtitle={value?.isDisabled && <Badge color="darkgrey" text="Disabled" />} actions={value && (
      <>
        {mayWrite && (value.isDisabled ? <Button variant="secondary" onClick={() => change(() => api.patch(of, { isDisabled: false }), `${value.name} is enabled`)}>Enable</Button>
          : <Confirmed variant="secondary" label="Disable" title={`Disable ${value.name}?`} body="Its tokens are refused until it is enabled again." onConfirm={() => change(() => api.patch(of, { isDisabled: true }), `${value.name} is disabled`)} />)}
        {can('serviceaccounts:delete') && value.isExternal !== true && <Confirmed label="Delete" title={`Delete ${value.name}?`} body="Its tokens stop working at once." onConfirm={async () => {
          if (await attempt(() => api.delete(of), `${value.name} is deleted`, 'The service account could not be deleted')) goTo('/org/serviceaccounts');
        }} />}
      </>
    )}>
      <Shown loaded={account}>
        {(one) => (
          <>
            <Facts facts={[['Login', one.login], ['Id', one.id], ['Created', dateText(one.createdAt)]]} />
            <Details account={one} disabled={!mayWrite} onSave={(draft) => change(() => api.patch(of, draft), 'Saved')} />
            <Tokens of={of} account={one} mayWrite={mayWrite} />
            {can('serviceaccounts.permissions:read') && <Permissions resource="serviceaccounts" id={one.id} mayWrite={can('serviceaccounts.permissions:write')} title="Who may manage it" description="Edit: change it and make tokens; Admin: also delete it and give permissions" />}
          </>
        )}
      </Shown>
    </Page>
  );
}

function Details({ account, disabled, onSave }: { readonly account: ServiceAccount; readonly disabled: boolean; readonly onSave: (draft: object) => Promise<unknown> }) {
  const [name, setName] = useState(account.name);
  const [role, setRole] = useState(account.role as OrgRole);
  return (
    <Form submit="Save" disabled={disabled || name.trim() === '' || (name === account.name && role === account.role)} onSubmit={() => onSave({ name, role })}>
      <TextField label="Name" required disabled={disabled} value={name} onChange={setName} />
      <PickField label="Role" disabled={disabled} value={role} choices={orgRoles} onChange={(next) => setRole(next ?? 'Viewer')} />
    </Form>
  );
}

function Tokens({ of, account, mayWrite }: { readonly of: string; readonly account: ServiceAccount; readonly mayWrite: boolean }) {
  const tokens = useLoaded(() => api.get<readonly Token[]>(`${of}/tokens`), of);
  const [adding, setAdding] = useState(false);
  return (
    <Section title="Tokens" actions={mayWrite && <Button icon="plus" onClick={() => setAdding(true)} disabled={account.isDisabled} tooltip={account.isDisabled ? 'Enable the account first' : undefined}>Add token</Button>}>
      <Shown loaded={tokens}>
        {(rows) => (
          <Table label="Tokens" rows={rows} rowKey={(token) => token.id} empty={<p>It has no token yet, so no program can use it.</p>} columns={[
            { label: 'Name', cell: (token) => token.name, sort: (token) => token.name },
            { label: 'Expires', sort: (token) => token.expiration ?? '', cell: (token) => (token.isRevoked ? <Badge color="red" text="Revoked" /> : token.hasExpired ? <Badge color="red" text={`Expired ${agoText(token.expiration)}`} /> : dateText(token.expiration)) },
            { label: 'Created', sort: (token) => token.created, cell: (token) => dateText(token.created) },
            { label: 'Last used', sort: (token) => token.lastUsedAt ?? '', cell: (token) => agoText(token.lastUsedAt) },
            { label: 'Actions', actions: true, cell: (token) => mayWrite && <Confirmed iconOnly label={`Delete ${token.name}`} title={`Delete the token ${token.name}?`} body="Programs that use it are refused from now on." confirmText="Delete" onConfirm={async () => {
              if (await attempt(() => api.delete(`${of}/tokens/${token.id}`), `${token.name} is deleted`, 'The token could not be deleted')) tokens.reload();
            }} /> },
          ]} />
        )}
      </Shown>
      {adding && <AddToken of={of} name={`${account.name}-${(tokens.value?.length ?? 0) + 1}`} onClose={() => { setAdding(false); tokens.reload(); }} />}
    </Section>
  );
}

const daySeconds = 86_400;

function AddToken({ of, name: proposed, onClose }: { readonly of: string; readonly name: string; readonly onClose: () => void }) {
  const longest = (config as unknown as { readonly tokenExpirationDayLimit?: number }).tokenExpirationDayLimit ?? -1;
  const [name, setName] = useState(proposed);
  const [days, setDays] = useState<number | undefined>(longest > 0 ? longest : undefined);
  const [key, setKey] = useState<string | undefined>();
  const [failed, setFailed] = useState<string | undefined>();
  if (key !== undefined) {
    return (
      <Modal isOpen title="Token" onDismiss={onClose} closeOnBackdropClick={false}>
        <Alert severity="warning" title="Copy the token now">It is shown this once only; the server keeps no more than a fingerprint of it.</Alert>
        <Stack direction="row" gap={1}>
          <Input aria-label="Token" readOnly value={key} onFocus={(event) => event.currentTarget.select()} />
          <ClipboardButton variant="primary" icon="copy" getText={() => key}>Copy</ClipboardButton>
        </Stack>
        <Modal.ButtonRow><Button variant="secondary" onClick={onClose}>Close</Button></Modal.ButtonRow>
      </Modal>
    );
  }
  return (
    <Modal isOpen title="Add token" onDismiss={onClose}>
      {failed !== undefined && <Alert severity="error" title={failed} />}
      <Form submit="Create token" disabled={name.trim() === ''} onSubmit={async () => {
        setFailed(undefined);
        try {
          setKey((await api.post<{ readonly key: string }>(`${of}/tokens`, { name, secondsToLive: Math.round((days ?? 0) * daySeconds) })).key);
        } catch (error) {
          setFailed(errorText(error));
        }
      }}>
        <TextField label="Name" required autoFocus value={name} onChange={setName} />
        <NumberField label="Expires after days" description={longest > 0 ? `At most ${longest}` : 'Never, where empty'} value={days} onChange={setDays} />
      </Form>
    </Modal>
  );
}
