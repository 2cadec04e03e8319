/** Making an account: an address first where the server wants it verified, then the rest. */
import { config } from '@grafana/runtime';
import { Alert, LinkButton } from '@grafana/ui';
import { useState } from 'react';
import { useSearchParams } from 'react-router-dom';
import { api, errorText } from '../../api/client.ts';
import { TextField } from '../parts/fields.tsx';
import { ownPath, startAt } from '../parts/go.ts';
import { NewPassword } from './new-password.tsx';
import { Welcome } from './welcome.tsx';

export default function SignUpPage() {
  const { autoAssignOrg, verifyEmailEnabled, disableUserSignUp } = config as unknown as { readonly autoAssignOrg: boolean; readonly verifyEmailEnabled: boolean; readonly disableUserSignUp: boolean };
  const [search] = useSearchParams();
  const [email, setEmail] = useState(search.get('email') ?? '');
  const [name, setName] = useState('');
  const [orgName, setOrgName] = useState('');
  const [code, setCode] = useState(search.get('code') ?? '');
  const [failed, setFailed] = useState<string | undefined>();
  const back = <LinkButton variant="secondary" fill="text" href="/login">Back to sign in</LinkButton>;
  if (disableUserSignUp) return <Welcome title="Sign up"><Alert severity="info" title="Signing up is turned off">Ask the administrator for an invitation.</Alert>{back}</Welcome>;
  return (
    <Welcome title="Sign up">
      {failed !== undefined && <Alert severity="error" title={failed} />}
      <NewPassword submit="Sign up" more={back} onSubmit={async (password) => {
        setFailed(undefined);
        try {
          const { code: next } = await api.post<{ readonly code?: string }>('/api/user/signup/step2', { email, username: email, name, password, code, orgName });
          startAt(next === 'redirect-to-select-org' ? '/profile' : ownPath(search.get('redirectTo')) ?? '/');
        } catch (error) {
          setFailed(errorText(error));
        }
      }} before={<>
        <TextField label="Your name" autoComplete="name" value={name} onChange={setName} />
        <TextField label="Email" type="email" autoComplete="email" required autoFocus value={email} onChange={setEmail} />
        {!autoAssignOrg && <TextField label="Organization name" value={orgName} onChange={setOrgName} />}
        {verifyEmailEnabled && <TextField label="Verification code" description={<>It came by mail. <LinkButton size="sm" fill="text" href="/verify">Send one</LinkButton></>} required autoComplete="one-time-code" value={code} onChange={setCode} />}
      </>} />
    </Welcome>
  );
}
