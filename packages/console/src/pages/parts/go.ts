/** Ways between pages. */
import { config, locationService } from '@grafana/runtime';

export const goTo = (path: string) => locationService.push(path);

/** Loads the application anew at a path of ours: after signing in, switching the organization or changing the theme, which the page learns at its start. */
export const startAt = (path: string) => location.assign(`${config.appSubUrl ?? ''}${path}`);

/** A path to return to that somebody put into the address: only one of ours is followed. */
export function ownPath(path: string | null | undefined): string | undefined {
  if (!path?.startsWith('/') || /^\/[/\\]/.test(path)) return undefined;
  try {
    return new URL(path, 'http://here.invalid').origin === 'http://here.invalid' ? path : undefined;
  } catch {
    return undefined;
  }
}
