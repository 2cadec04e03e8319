/** A new password, twice. */
import { config } from '@grafana/runtime';
import { useState, type ReactNode } from 'react';
import { TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { passwordFault } from './password-rules.ts';

export interface NewPasswordProps {
  readonly submit: string;
  readonly onSubmit: (password: string) => Promise<unknown>;
  readonly before?: ReactNode;
  readonly more?: ReactNode;
  readonly forbidden?: string;
}

const strongPolicy = () => (config.auth as { readonly basicAuthStrongPasswordPolicy?: boolean }).basicAuthStrongPasswordPolicy === true;

export function NewPassword({ submit, onSubmit, before, more, forbidden }: NewPasswordProps) {
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [sent, setSent] = useState(false);
  const fault = forbidden !== undefined && password === forbidden ? 'Choose another password than the present one' : passwordFault(password, strongPolicy());
  const differs = password === again ? undefined : 'The two passwords differ';
  return (
    <Form submit={submit} more={more} onSubmit={async () => {
      setSent(true);
      if (fault === undefined && differs === undefined) await onSubmit(password);
    }}>
      {before}
      <TextField label="New password" type="password" autoComplete="new-password" required value={password} onChange={setPassword} error={sent || password.length > 3 ? fault : undefined} />
      <TextField label="Confirm new password" type="password" autoComplete="new-password" required value={again} onChange={setAgain} error={sent && again !== '' || again.length >= password.length && again !== '' ? differs : undefined} />
    </Form>
  );
}
