/** Asks for a code that proves an address. */
import { Alert, LinkButton } from '@grafana/ui';
import { useState } from 'react';
import { api, errorText } from '../../api/client.ts';
import { TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { goTo } from '../parts/go.ts';
import { Welcome } from './welcome.tsx';

export default function VerifyPage() {
  const [email, setEmail] = useState('');
  const [failed, setFailed] = useState<string | undefined>();
  return (
    <Welcome title="Verify your email">
      {failed !== undefined && <Alert severity="error" title={failed} />}
      <Form submit="Send a code" more={<LinkButton variant="secondary" fill="text" href="/login">Back to sign in</LinkButton>} onSubmit={async () => {
        setFailed(undefined);
        try {
          await api.post('/api/user/signup', { email });
          goTo(`/signup?email=${encodeURIComponent(email)}`);
        } catch (error) {
          setFailed(errorText(error));
        }
      }}>
        <TextField label="Email" type="email" description="A message with a code, and a link that leads on, goes there" autoComplete="email" required autoFocus value={email} onChange={setEmail} />
      </Form>
    </Welcome>
  );
}
