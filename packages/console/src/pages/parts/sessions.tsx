/** Where somebody is signed in, and signing out there. */
import { Badge } from '@grafana/ui';
import type { ReactNode } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Shown } from '../../app/page.tsx';
import { Confirmed } from './confirmed.tsx';
import { Section } from './section.tsx';
import { Table } from './table.tsx';
import { agoText, dateText } from './times.ts';

interface Session {
  readonly id: number;
  readonly isActive: boolean;
  readonly clientIp: string;
  readonly os: string;
  readonly osVersion: string;
  readonly browser: string;
  readonly browserVersion: string;
  readonly authModule: string;
  readonly createdAt: string;
  readonly seenAt: string;
}

export function Sessions({ url, revokeUrl, actions }: { readonly url: string; readonly revokeUrl: string; readonly actions?: ReactNode }) {
  const sessions = useLoaded(() => api.get<readonly Session[]>(url), url);
  return (
    <Section title="Sessions" actions={actions}>
      <Shown loaded={sessions}>
        {(rows) => (
          <Table label="Sessions" rows={rows} rowKey={(session) => session.id} empty={<p>Signed in nowhere.</p>} columns={[
            { label: 'Last seen', cell: (session) => (session.isActive ? 'Now' : <span title={dateText(session.seenAt)}>{agoText(session.seenAt)}</span>), sort: (session) => session.seenAt },
            { label: 'Signed in', cell: (session) => dateText(session.createdAt), sort: (session) => session.createdAt },
            { label: 'Address', cell: (session) => session.clientIp },
            { label: 'Browser and system', cell: (session) => [`${session.browser} ${session.browserVersion}`.trim(), `${session.os} ${session.osVersion}`.trim()].filter(Boolean).join(' on ') },
            { label: 'Actions', actions: true, cell: (session) => session.isActive ? <Badge color="green" text="This session" /> : (
              <Confirmed label="Sign out" size="sm" title="Sign out there?" body={`The session from ${session.clientIp} ends.`} onConfirm={async () => {
                if (await attempt(() => api.post(revokeUrl, { authTokenId: session.id }), 'Signed out there', 'The session could not be ended')) sessions.reload();
              }} />
            ) },
          ]} />
        )}
      </Shown>
    </Section>
  );
}
