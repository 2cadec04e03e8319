import { api, useLoaded } from '../api/client.ts';
import { Page, Shown } from '../app/page.tsx';
import { Link } from 'react-router-dom';

interface Hit {
  readonly uid: string;
  readonly title: string;
  readonly url: string;
}

export default function BrowsePage() {
  const found = useLoaded(() => api.get<Hit[]>('/api/search', { limit: 1000 }), '');
  return (
    <Page title="Dashboards">
      <Shown loaded={found}>{(hits) => <ul>{hits.map((hit) => <li key={hit.uid}><Link to={hit.url}>{hit.title}</Link></li>)}</ul>}</Shown>
    </Page>
  );
}
