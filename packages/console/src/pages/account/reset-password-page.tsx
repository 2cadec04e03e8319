/** Where the link of a forgotten password leads. */
import { Alert, LinkButton } from '@grafana/ui';
import { useState } from 'react';
import { useSearchParams } from 'react-router-dom';
import { api, errorText } from '../../api/client.ts';
import { NewPassword } from './new-password.tsx';
import { Welcome } from './welcome.tsx';

export default function ResetPasswordPage() {
  const [search] = useSearchParams();
  const [state, setState] = useState<{ readonly done?: true; readonly failed?: string }>({});
  const code = search.get('code');
  if (state.done) return <Welcome title="Your password is changed"><LinkButton href="/login" fullWidth>Sign in</LinkButton></Welcome>;
  return (
    <Welcome title="Choose a new password">
      {state.failed !== undefined && <Alert severity="error" title={state.failed} />}
      {code === null ? <Alert severity="warning" title="The link is incomplete"><LinkButton variant="secondary" href="/user/password/send-reset-email">Send another one</LinkButton></Alert> : (
        <NewPassword submit="Set password" onSubmit={async (newPassword) => {
          try {
            await api.post('/api/user/password/reset', { code, newPassword, confirmPassword: newPassword });
            setState({ done: true });
          } catch (error) {
            setState({ failed: errorText(error) });
          }
        }} />
      )}
    </Welcome>
  );
}
