/** One's own password. */
import { config } from '@grafana/runtime';
import { Alert, LinkButton } from '@grafana/ui';
import { useState } from 'react';
import { api, errorText, useLoaded } from '../../api/client.ts';
import { Page, Shown } from '../../app/page.tsx';
import { notifySuccess } from '../../app/notify.ts';
import { TextField } from '../parts/fields.tsx';
import { goTo } from '../parts/go.ts';
import { NewPassword } from './new-password.tsx';

interface Profile {
  readonly isExternal: boolean;
  readonly authLabels: readonly string[] | null;
}

export default function PasswordPage() {
  const profile = useLoaded(() => api.get<Profile>('/api/user'), '');
  const [oldPassword, setOldPassword] = useState('');
  const [failed, setFailed] = useState<string | undefined>();
  const { ldapEnabled, authProxyEnabled } = config;
  return (
    <Page title="Change password" above={[{ label: 'Profile', url: '/profile' }]}>
      <Shown loaded={profile}>
        {({ isExternal, authLabels }) => isExternal || ldapEnabled || authProxyEnabled ? (
          <Alert severity="info" title="Your password is kept elsewhere">You sign in with {authLabels?.[0] ?? 'another service'}; change the password there.</Alert>
        ) : (
          <>
            {failed !== undefined && <Alert severity="error" title={failed} />}
            <NewPassword submit="Change password" more={<LinkButton variant="secondary" fill="text" href="/profile">Cancel</LinkButton>} forbidden={oldPassword} onSubmit={async (newPassword) => {
              setFailed(undefined);
              try {
                await api.put('/api/user/password', { oldPassword, newPassword, confirmNew: newPassword });
                notifySuccess('The password is changed');
                goTo('/profile');
              } catch (error) {
                setFailed(errorText(error));
              }
            }} before={<TextField label="Old password" type="password" autoComplete="current-password" required autoFocus value={oldPassword} onChange={setOldPassword} />} />
          </>
        )}
      </Shown>
    </Page>
  );
}
