/** Asks for a link that sets a new password. */
import { Alert, LinkButton } from '@grafana/ui';
import { useState } from 'react';
import { api, errorText } from '../../api/client.ts';
import { TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { Welcome } from './welcome.tsx';

export default function ForgottenPasswordPage() {
  const [userOrEmail, setUserOrEmail] = useState('');
  const [sent, setSent] = useState(false);
  const [failed, setFailed] = useState<string | undefined>();
  const back = <LinkButton variant="secondary" fill={sent ? 'solid' : 'text'} href="/login">Back to sign in</LinkButton>;
  if (sent) {
    return (
      <Welcome title="Look into your mail">
        <p>If there is an account of that name, a message with a link is on its way. The link holds for two hours.</p>
        {back}
      </Welcome>
    );
  }
  return (
    <Welcome title="Forgot your password?">
      {failed !== undefined && <Alert severity="error" title={failed} />}
      <Form submit="Send a link" more={back} onSubmit={async () => {
        setFailed(undefined);
        try {
          await api.post('/api/user/password/send-reset-email', { userOrEmail });
          setSent(true);
        } catch (error) {
          setFailed(errorText(error));
        }
      }}>
        <TextField label="Email or username" autoComplete="username" required autoFocus value={userOrEmail} onChange={setUserOrEmail} />
      </Form>
    </Welcome>
  );
}
