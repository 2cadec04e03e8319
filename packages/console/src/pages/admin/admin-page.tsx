/** The sections of the administration, as the server offers them to this person. */
import type { NavModelItem } from '@grafana/data';
import { Card, EmptyState } from '@grafana/ui';
import { matchPath, useLocation } from 'react-router-dom';
import { routes } from '../../app/routes.ts';
import { localPath } from '../../app/navigation.ts';
import { Page } from '../../app/page.tsx';
import { navTree } from '../../host/boot-data.ts';
import { Section } from '../parts/section.tsx';

const answered = ({ url }: NavModelItem) => url !== undefined && routes.some(({ path }) => matchPath(path, localPath(url)));

export default function AdminPage() {
  const { pathname } = useLocation();
  const administration = navTree().find(({ id }) => id === 'cfg');
  const shown = pathname === '/admin' ? administration?.children ?? [] : (administration?.children ?? []).filter(({ url }) => url && localPath(url) === pathname);
  const section = shown.length === 1 && pathname !== '/admin' ? shown[0] : undefined;
  const leaf = (item: NavModelItem) => (
    <Card key={item.id} href={localPath(item.url!)}><Card.Heading>{item.text}</Card.Heading>{item.subTitle && <Card.Description>{item.subTitle}</Card.Description>}</Card>
  );
  return (
    <Page title={section?.text ?? 'Administration'} subtitle={section?.subTitle ?? administration?.subTitle} {...(section ? { above: [{ label: 'Administration', url: '/admin' }] } : {})}>
      {shown.length === 0 && <EmptyState variant="not-found" message="There is nothing here that you may administer" />}
      {shown.map((item) => {
        const children = (item.children ?? []).filter(answered);
        if (children.length === 0) return answered(item) ? leaf(item) : null;
        return <Section key={item.id} title={item.text}>{children.map(leaf)}</Section>;
      })}
    </Page>
  );
}
