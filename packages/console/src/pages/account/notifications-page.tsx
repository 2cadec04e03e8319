/** Errors and warnings that this browser showed. `/profile/notifications` */
import { Button, EmptyState } from '@grafana/ui';
import { useState } from 'react';
import { forgetMessages, loggedMessages } from '../../app/message-log.ts';
import { Page } from '../../app/page.tsx';
import { Table } from '../parts/table.tsx';
import { dateText } from '../parts/times.ts';

export default function NotificationsPage() {
  const [messages, setMessages] = useState(loggedMessages);
  const forget = () => {
    forgetMessages();
    setMessages([]);
  };
  return (
    <Page title="Notification history" subtitle="Errors and warnings that this browser showed lately" actions={messages.length > 0 && <Button variant="secondary" onClick={forget}>Clear</Button>}>
      <Table label="Notifications" rows={messages} rowKey={({ at, title }) => `${at} ${title}`} empty={<EmptyState variant="completed" message="Nothing went wrong lately" />} columns={[
        { label: 'Time', cell: ({ at }) => dateText(at), sort: ({ at }) => at }, { label: 'What', cell: ({ title }) => title }, { label: 'Why', cell: ({ detail }) => detail },
      ]} />
    </Page>
  );
}
