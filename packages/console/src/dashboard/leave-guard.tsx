/** Asks before somebody leaves a dashboard that has changes which are not saved: by a link, by the browser's back, by closing the window. */
import { locationService } from '@grafana/runtime';
import { Button, Modal } from '@grafana/ui';
import { useEffect, useImperativeHandle, useRef, useState, type Ref } from 'react';

export interface LeaveGuardHandle {
  /** The next change of page is one that the page itself makes. */
  readonly release: () => void;
}

interface Place {
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
}

/** Addresses of one dashboard differ in the slug only. */
const dashboardAt = (pathname: string) => /^\/d\/[^/]+/.exec(pathname)?.[0] ?? pathname;

export function LeaveGuard({ ref, dirty, maySave, onSave, onDiscard }: { readonly ref: Ref<LeaveGuardHandle>; readonly dirty: boolean; readonly maySave: boolean; readonly onSave: () => void; readonly onDiscard: () => void }) {
  const [to, setTo] = useState<Place>();
  const released = useRef(false);
  useImperativeHandle(ref, () => ({ release: () => { released.current = true; } }), []);
  useEffect(() => {
    if (!dirty) return undefined;
    released.current = false;
    const history = locationService.getHistory();
    const here = dashboardAt(history.location.pathname);
    const unblock = history.block((next: Place) => {
      if (released.current || dashboardAt(next.pathname) === here) return undefined;
      setTo(next);
      return false;
    });
    const warn = (event: BeforeUnloadEvent) => !released.current && event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => {
      unblock();
      removeEventListener('beforeunload', warn);
    };
  }, [dirty]);
  if (!to) return null;
  const leave = () => {
    released.current = true;
    onDiscard();
    locationService.push(`${to.pathname}${to.search}${to.hash}`);
  };
  return (
    <Modal isOpen title="Unsaved changes" onDismiss={() => setTo(undefined)}>
      <p>What you have changed on this dashboard is not saved yet.</p>
      <Modal.ButtonRow>
        <Button variant="secondary" onClick={() => setTo(undefined)}>Stay here</Button><Button variant="destructive" onClick={leave}>Discard changes</Button>
        {maySave && <Button onClick={() => { setTo(undefined); onSave(); }}>Save</Button>}
      </Modal.ButtonRow>
    </Modal>
  );
}
