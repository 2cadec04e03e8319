/** The ways to sign in. */
import { Badge, Card } from '@grafana/ui';
import { api, useLoaded } from '../../api/client.ts';
import { Page, Shown } from '../../app/page.tsx';
import { type Provider, providerNames } from './provider.ts';

export default function AuthenticationPage() {
  const providers = useLoaded(() => api.get<readonly Provider[]>('/api/v1/sso-settings'), '');
  return (
    <Page title="Authentication" subtitle="Ways to sign in besides a password">
      <Shown loaded={providers}>
        {(all) => all.map(({ provider, settings, source }) => (
          <Card key={provider} href={`/admin/authentication/${provider}`}>
            <Card.Heading>{providerNames[provider] ?? provider}</Card.Heading>
            <Card.Meta>{[settings['enabled'] === true ? <Badge key="state" color="green" text="Enabled" /> : <Badge key="state" color="darkgrey" text="Not enabled" />, source === 'database' ? 'Configured here' : 'As in the configuration file']}</Card.Meta>
          </Card>
        ))}
      </Shown>
    </Page>
  );
}
