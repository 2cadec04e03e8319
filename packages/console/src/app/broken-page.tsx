/** In place of a page that broke, or whose files did not come. */
import { ErrorBoundary, Alert, Button } from '@grafana/ui';
import { locationService } from '@grafana/runtime';
import type { ReactNode } from 'react';
import { useLocation } from 'react-router-dom';
import { CodeBlock } from '../pages/parts/code-block.tsx';
import { Page } from './page.tsx';

/** One that broke does not take the next one with it. */
export function PageBoundary({ children }: { readonly children: ReactNode }) {
  const { key } = useLocation();
  return <ErrorBoundary boundaryName="page" dependencies={[key]}>{({ error, errorInfo }) => (error ? <BrokenPage error={error} stack={errorInfo?.componentStack ?? ''} /> : children)}</ErrorBoundary>;
}

function BrokenPage({ error, stack }: { readonly error: Error; readonly stack: string }) {
  // Files that do not come: the server is down, or being restarted.
  const unreachable = /dynamically imported module|preload CSS|Importing a module script/i.test(error.message);
  return (
    <Page title="This page could not be shown" actions={<Button icon="sync" onClick={() => locationService.replace(locationService.getLocation())}>Try again</Button>}>
      <Alert severity="error" title={unreachable ? 'The server cannot be reached' : error.message} />
      {!unreachable && <details><summary>Where it broke</summary><CodeBlock label="Where it broke" text={`${error.stack ?? ''}${stack}`} /></details>}
    </Page>
  );
}
