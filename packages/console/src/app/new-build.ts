/** A server that was updated has no files of the former build: the application begins anew at its address when one is missed, but not over and over. */
import { subPath } from '../host/boot-data.ts';

const reloadedKey = 'belvedere.console.reloaded';
const reloadEveryMs = 60_000;

async function beginAnew(): Promise<void> {
  const answers = await fetch(`${subPath()}/api/health`).then(({ ok }) => ok, () => false);
  if (!answers || Date.now() - Number(sessionStorage.getItem(reloadedKey) ?? 0) < reloadEveryMs) return;
  sessionStorage.setItem(reloadedKey, String(Date.now()));
  location.reload();
}

export function followNewBuild(): () => void {
  const missed = () => void beginAnew();
  addEventListener('vite:preloadError', missed);
  return () => removeEventListener('vite:preloadError', missed);
}
