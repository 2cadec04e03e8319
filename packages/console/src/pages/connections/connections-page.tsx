import { Card } from '@grafana/ui';
import { Page } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';

export default function ConnectionsPage() {
  return (
    <Page title="Connections" subtitle="Where your data come from">
      {may('datasources:create') && <Card href="/connections/add-new-connection"><Card.Heading>Add new connection</Card.Heading><Card.Description>Connect a database, a metrics or a log store</Card.Description></Card>}
      <Card href="/connections/datasources"><Card.Heading>Data sources</Card.Heading><Card.Description>See, test and change those that are connected</Card.Description></Card>
    </Page>
  );
}
