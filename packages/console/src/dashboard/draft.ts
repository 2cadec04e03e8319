/** A dashboard that has been put together elsewhere (import, Explore) and is shown before it is first saved. */
import type { DashboardJson } from './model.ts';

let draft: DashboardJson | undefined;

export const leaveDraft = (dashboard: DashboardJson): void => {
  draft = dashboard;
};

export function takeDraft(): DashboardJson | undefined {
  const taken = draft;
  draft = undefined;
  return taken;
}
