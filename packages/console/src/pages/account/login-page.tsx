/** Signing in: with a password, at a provider, or with a link by mail. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { config } from '@grafana/runtime';
import { Alert, Button, LinkButton, Stack, TextLink, useStyles2, type IconName } from '@grafana/ui';
import { useState } from 'react';
import { useSearchParams } from 'react-router-dom';
import { api, errorText } from '../../api/client.ts';
import { TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { ownPath, startAt } from '../parts/go.ts';
import { NewPassword } from './new-password.tsx';
import { Welcome } from './welcome.tsx';

interface LoginSettings {
  readonly loginError?: string;
  readonly loginHint?: string;
  readonly passwordHint?: string;
  readonly disableLoginForm: boolean;
  readonly disableUserSignUp: boolean;
  readonly ldapEnabled: boolean;
  readonly authProxyEnabled: boolean;
  readonly samlEnabled?: boolean;
  readonly samlName?: string;
  readonly oauth?: Readonly<Record<string, { readonly name: string; readonly icon?: string }>>;
  readonly auth: { readonly disableLogin?: boolean; readonly passwordlessEnabled?: boolean };
}

/** The password that a new server has; who signs in with it is asked for another one. */
const initialPassword = 'admin';
const providerIcons: Readonly<Record<string, IconName>> = { github: 'github', gitlab: 'gitlab', google: 'google', azuread: 'microsoft', okta: 'okta', grafana_com: 'grafana' };

export default function LoginPage() {
  const settings = config as unknown as LoginSettings;
  const styles = useStyles2(stylesOf);
  const [search] = useSearchParams();
  const [initial, setInitial] = useState(false);
  const onwards = () => startAt(ownPath(search.get('redirectTo')) ?? '/');
  if (initial) return <ChangeInitialPassword onDone={onwards} />;

  const providers = Object.entries(settings.oauth ?? {});
  const withForm = !settings.disableLoginForm && settings.auth?.disableLogin !== true;
  const redirectTo = search.get('redirectTo');
  const query = redirectTo === null ? '' : `?redirectTo=${encodeURIComponent(redirectTo)}`;
  return (
    <Welcome title="Sign in">
      {settings.loginError && <Alert severity="error" title={settings.loginError} />}
      {withForm && (settings.auth?.passwordlessEnabled ? <MagicLink onDone={onwards} /> : <PasswordForm settings={settings} onDone={(password) => (password === initialPassword && !settings.ldapEnabled && !settings.authProxyEnabled ? setInitial(true) : onwards())} />)}
      {!withForm && providers.length === 0 && <Alert severity="info" title="Signing in with a password is turned off">Ask the administrator how to sign in.</Alert>}
      {providers.length > 0 && (
        <div className={styles.providers}>
          {withForm && <div className={styles.or}>or</div>}
          {providers.map(([id, { name, icon }]) => (
            <LinkButton key={id} variant="secondary" fullWidth target="_self" rel="external" href={`login/${id}${query}`} icon={providerIcons[id] ?? (icon === undefined || icon === '' || icon.includes('/') ? 'signin' : (icon as IconName))}>Sign in with {name}</LinkButton>
          ))}
        </div>
      )}
      {settings.samlEnabled && <LinkButton variant="secondary" fullWidth href="login/saml">Sign in with {settings.samlName || 'SAML'}</LinkButton>}
      {withForm && !settings.disableUserSignUp && <p className={styles.below}>New here? <TextLink href="/signup">Sign up</TextLink></p>}
    </Welcome>
  );
}

function PasswordForm({ settings, onDone }: { readonly settings: LoginSettings; readonly onDone: (password: string) => void }) {
  const styles = useStyles2(stylesOf);
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [failed, setFailed] = useState<string | undefined>();
  return (
    <Form submit="Sign in" onSubmit={async () => {
      setFailed(undefined);
      try {
        await api.post('/login', { user, password });
        onDone(password);
      } catch (error) {
        setFailed(errorText(error));
      }
    }} more={!settings.ldapEnabled && !settings.authProxyEnabled && <LinkButton fill="text" href="/user/password/send-reset-email">Forgot your password?</LinkButton>}>
      {failed !== undefined && <Alert severity="error" title={failed} className={styles.alert} />}
      <TextField label="Email or username" autoComplete="username" autoFocus required placeholder={settings.loginHint ?? ''} value={user} onChange={setUser} />
      <TextField label="Password" type="password" autoComplete="current-password" required placeholder={settings.passwordHint ?? ''} value={password} onChange={setPassword} />
    </Form>
  );
}

/** A new server's password is known to everybody; it may stay nevertheless, on one's own machine. */
function ChangeInitialPassword({ onDone }: { readonly onDone: () => void }) {
  const [failed, setFailed] = useState<string | undefined>();
  return (
    <Welcome title="Choose a new password">
      <p>You signed in with the password that every new server has. Set one of your own, so that nobody else can sign in with it.</p>
      {failed !== undefined && <Alert severity="error" title={failed} />}
      <NewPassword submit="Set password" forbidden={initialPassword} more={<Button type="button" variant="secondary" fill="text" onClick={onDone}>Skip</Button>} onSubmit={async (newPassword) => {
        try {
          await api.put('/api/user/password', { oldPassword: initialPassword, newPassword, confirmNew: newPassword });
          onDone();
        } catch (error) {
          setFailed(errorText(error));
        }
      }} />
    </Welcome>
  );
}

/** A link and a code come by mail; the link carries `code`, the person types the other one. */
function MagicLink({ onDone }: { readonly onDone: () => void }) {
  const [search] = useSearchParams();
  const [email, setEmail] = useState('');
  const [code, setCode] = useState(search.get('code') ?? '');
  const [confirmationCode, setConfirmationCode] = useState(search.get('confirmationCode') ?? '');
  const [name, setName] = useState('');
  const [sent, setSent] = useState(code !== '');
  const [failed, setFailed] = useState<string | undefined>();
  const trying = (work: () => Promise<unknown>) => async () => {
    setFailed(undefined);
    try {
      await work();
    } catch (error) {
      setFailed(errorText(error));
    }
  };
  return (
    <Stack direction="column" gap={2}>
      {failed !== undefined && <Alert severity="error" title={failed} />}
      {sent ? (
        <Form submit="Sign in" onSubmit={trying(async () => {
          await api.post('/api/login/passwordless/authenticate', { code, confirmationCode, name, username: search.get('username') ?? '' });
          onDone();
        })}>
          <p>We sent a code to you by mail.</p>
          <TextField label="Confirmation code" required autoFocus autoComplete="one-time-code" value={confirmationCode} onChange={setConfirmationCode} />
          <TextField label="Name" description="For the first time only" autoComplete="name" value={name} onChange={setName} />
        </Form>
      ) : (
        <Form submit="Send a code" onSubmit={trying(async () => {
          const { Extra } = await api.post<{ readonly Extra?: { readonly code?: string } }>('/api/login/passwordless/start', { email });
          setCode(Extra?.code ?? '');
          setSent(true);
        })}>
          <TextField label="Email" type="email" autoComplete="email" required autoFocus value={email} onChange={setEmail} />
        </Form>
      )}
    </Stack>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  alert: css({ marginBottom: theme.spacing(2) }),
  providers: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1), marginTop: theme.spacing(2) }),
  or: css({ textAlign: 'center', color: theme.colors.text.secondary }),
  below: css({ marginTop: theme.spacing(2), textAlign: 'center' }),
});
