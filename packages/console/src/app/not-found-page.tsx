import { EmptyState, LinkButton } from '@grafana/ui';
import { Page } from './page.tsx';

export function NotFoundPage() {
  return (
    <Page title="Page not found">
      <EmptyState variant="not-found" message="There is nothing at this address" button={<LinkButton href="/">Go home</LinkButton>}>
        The address may be mistyped, or the page may belong to a part that this console does not have.
      </EmptyState>
    </Page>
  );
}
