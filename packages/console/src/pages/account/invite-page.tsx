/** Accepting an invitation. */
import { Alert, LinkButton } from '@grafana/ui';
import { useState } from 'react';
import { useParams } from 'react-router-dom';
import { api, errorText, useLoaded } from '../../api/client.ts';
import { Shown } from '../../app/page.tsx';
import { TextField } from '../parts/fields.tsx';
import { startAt } from '../parts/go.ts';
import { NewPassword } from './new-password.tsx';
import { Welcome } from './welcome.tsx';

interface Invite {
  readonly email: string;
  readonly name: string;
  readonly username: string;
  readonly invitedBy: string;
  readonly orgName: string;
}

export default function InvitePage() {
  const { code = '' } = useParams();
  const invite = useLoaded(() => api.get<Invite>(`/api/user/invite/${encodeURIComponent(code)}`), code);
  if (invite.error !== undefined) {
    return (
      <Welcome title="This invitation does not hold">
        <Alert severity="warning" title={invite.error}>It may have been used, withdrawn, or have expired. Ask for another one.</Alert>
        <LinkButton variant="secondary" href="/login">Sign in</LinkButton>
      </Welcome>
    );
  }
  return <Welcome title="You are invited"><Shown loaded={invite}>{(value) => <Accept invite={value} code={code} />}</Shown></Welcome>;
}

function Accept({ invite, code }: { readonly invite: Invite; readonly code: string }) {
  const [email, setEmail] = useState(invite.email);
  const [name, setName] = useState(invite.name);
  const [username, setUsername] = useState(invite.username || invite.email);
  const [failed, setFailed] = useState<string | undefined>();
  return (
    <>
      <p><strong>{invite.invitedBy || 'Somebody'}</strong> invites you to join <strong>{invite.orgName}</strong>.</p>
      {failed !== undefined && <Alert severity="error" title={failed} />}
      <NewPassword submit="Join" onSubmit={async (password) => {
        setFailed(undefined);
        try {
          await api.post('/api/user/invite/complete', { inviteCode: code, email, name, username, password, confirmPassword: password });
          startAt('/');
        } catch (error) {
          setFailed(errorText(error));
        }
      }} before={<>
        <TextField label="Email" type="email" autoComplete="email" required value={email} onChange={setEmail} />
        <TextField label="Name" autoComplete="name" value={name} onChange={setName} />
        <TextField label="Username" autoComplete="username" required value={username} onChange={setUsername} />
      </>} />
    </>
  );
}
