/** Whoever has typed something keeps it when their session ends, and can sign in beside it. Everybody else is led to the login page. */
import { Button, LinkButton, Modal } from '@grafana/ui';
import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'react-router-dom';
import { subPath } from '../host/boot-data.ts';
import { onSessionOver } from '../host/session.ts';

export function SessionOver() {
  const [asked, setAsked] = useState(false);
  const { pathname } = useLocation();
  const typed = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the page is what changes
  useEffect(() => {
    typed.current = false;
  }, [pathname]);
  useEffect(() => {
    const note = () => {
      typed.current = true;
    };
    document.addEventListener('input', note, true);
    onSessionOver(() => (typed.current ? setAsked(true) : location.reload()));
    return () => document.removeEventListener('input', note, true);
  }, []);
  if (!asked) return null;
  return (
    <Modal isOpen title="Your session has ended" onDismiss={() => setAsked(false)}>
      <p>What you typed is still on this page. Sign in in another tab, then come back and go on.</p>
      <Modal.ButtonRow>
        <Button variant="secondary" onClick={() => location.reload()}>Leave this page</Button>
        <LinkButton href={`${subPath()}/login`} target="_blank" onClick={() => setAsked(false)}>Sign in in another tab</LinkButton>
      </Modal.ButtonRow>
    </Modal>
  );
}
