/** The pages beneath a node of the navigation, most of which are brought by app plugins. `/apps`, `/drilldown`, … */
import type { NavModelItem } from '@grafana/data';
import { Card, EmptyState, LinkButton } from '@grafana/ui';
import { useLocation } from 'react-router-dom';
import { localPath, localUrl, offered } from '../../app/navigation.ts';
import { Page } from '../../app/page.tsx';
import { mayAny, navTree } from '../../host/boot-data.ts';

const titles: Readonly<Record<string, string>> = { '/apps': 'Apps', '/drilldown': 'Drilldown', '/monitoring': 'Monitoring', '/observability': 'Observability', '/alerts-and-incidents': 'Alerts and incidents', '/infrastructure': 'Infrastructure', '/testing-and-synthetics': 'Testing and synthetics', '/adaptive-telemetry': 'Adaptive telemetry' };

const find = (items: readonly NavModelItem[], path: string): NavModelItem | undefined => {
  for (const item of items) {
    const found = item.url !== undefined && localPath(item.url) === path ? item : find(item.children ?? [], path);
    if (found) return found;
  }
  return undefined;
};

export default function LandingPage() {
  const { pathname } = useLocation();
  const node = find(navTree(), pathname);
  const children = offered(node?.children ?? []);
  return (
    <Page title={node?.text ?? titles[pathname] ?? 'Apps'} subtitle={node?.subTitle}>
      {children.map((item) => item.url && <Card key={item.id ?? item.url} noMargin href={localUrl(item.url)}><Card.Heading>{item.text}</Card.Heading>{item.subTitle && <Card.Description>{item.subTitle}</Card.Description>}</Card>)}
      {children.length === 0 && <EmptyState variant="not-found" message="There is nothing here yet" button={mayAny('plugins:install', 'plugins:write') ? <LinkButton variant="secondary" href="/plugins">Plugins</LinkButton> : undefined}>App plugins bring the pages of this section.</EmptyState>}
    </Page>
  );
}
