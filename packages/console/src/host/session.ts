/** Sessions change their secret every few minutes (frontend-contract §8.1): before it is too late, or when a request was refused for it. */
import { subPath, user } from './boot-data.ts';

/** How soon it is tried again after a failure. */
const againMs = 30_000;

/** When the secret must change, as a cookie says; 0 where there is no session. */
const dueAt = (): number => Number(/(?:^|;\s*)grafana_session_expiry=(\d+)/.exec(document.cookie)?.[1] ?? 0) * 1000;

let over = () => location.reload();

/** What happens when the session has ended, in place of loading the page anew, which leads to the login page. */
export function onSessionOver(act: () => void): void {
  over = act;
}

export const sessionIsOver = (): void => over();

let renewing: Promise<boolean> | undefined;

/** Several requests that are refused at once wait for one renewal. True: what was refused may be asked again. */
export function renewSession(needed: boolean): Promise<boolean> {
  renewing ??= renew(needed).finally(() => {
    renewing = undefined;
  });
  return renewing;
}

async function renew(needed: boolean): Promise<boolean> {
  const { status, ok } = needed || dueAt() <= Date.now()
    ? await fetch(`${subPath()}/api/user/auth-tokens/rotate`, { method: 'POST', credentials: 'same-origin' })
    : await fetch(`${subPath()}/api/login/ping`, { credentials: 'same-origin' });
  if (status === 401) sessionIsOver();
  return ok;
}

export function keepSessionFresh(): void {
  if (!user().isSignedIn || dueAt() === 0) return;
  const wait = (ms: number) => setTimeout(async () => {
    // Another tab may have done it meanwhile.
    const done = dueAt() > Date.now() || await renewSession(false).catch(() => false);
    wait(done && dueAt() > Date.now() ? dueAt() - Date.now() : againMs);
  }, ms);
  wait(Math.max(dueAt() - Date.now(), 0));
}
