/** Shows what `notify` is told, for a few seconds; errors stay until they are closed or the person goes to another page. */
import { css } from '@emotion/css';
import { AppEvents, type GrafanaTheme2 } from '@grafana/data';
import { getAppEvents } from '@grafana/runtime';
import { Alert, Portal, useStyles2, type AlertVariant } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { useLocation } from 'react-router-dom';
import { logMessage } from './message-log.ts';

interface Message {
  readonly id: number;
  readonly severity: AlertVariant;
  readonly title: string;
  readonly detail: string;
}

const shownMs = 4_000;

export function Messages() {
  const styles = useStyles2(stylesOf);
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the page is what changes
  useEffect(() => setMessages((all) => all.filter(({ severity }) => severity !== 'error')), [pathname]);
  const close = (id: number) => setMessages((all) => all.filter((message) => message.id !== id));
  useEffect(() => {
    let last = 0;
    const show = (severity: AlertVariant) => (event: { readonly payload?: readonly unknown[] }) => {
      const [title = '', detail = ''] = (event.payload ?? []).map(String);
      const id = ++last;
      if (severity !== 'success') logMessage({ at: Date.now(), severity, title, detail });
      setMessages((all) => [...all.filter((message) => message.title !== title || message.detail !== detail), { id, severity, title, detail }].slice(-5));
      if (severity !== 'error') setTimeout(() => setMessages((all) => all.filter((message) => message.id !== id)), shownMs);
    };
    const events = getAppEvents();
    const subscriptions = [
      events.getStream({ type: AppEvents.alertSuccess.name } as never).subscribe(show('success') as never),
      events.getStream({ type: AppEvents.alertWarning.name } as never).subscribe(show('warning') as never),
      events.getStream({ type: AppEvents.alertError.name } as never).subscribe(show('error') as never),
    ];
    return () => subscriptions.forEach((subscription) => subscription.unsubscribe());
  }, []);
  return (
    <Portal>
      <div className={styles} role="status" aria-live="polite">
        {messages.map(({ id, severity, title, detail }) => <Alert key={id} severity={severity} title={title} elevated onRemove={() => close(id)}>{detail}</Alert>)}
      </div>
    </Portal>
  );
}

const stylesOf = (theme: GrafanaTheme2) => css({ position: 'fixed', top: theme.spacing(6), right: theme.spacing(2), width: 'min(420px, 90vw)', zIndex: theme.zIndex.portal });
