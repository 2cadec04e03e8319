/** The dashboards that were looked at last in this browser, newest first, of one organization. */
const keptAtMost = 20;

const keyOf = (orgId: number) => `belvedere.console.recent.${orgId}`;

export function recentDashboards(orgId: number): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(orgId)) ?? '[]');
    return Array.isArray(kept) ? kept.filter((uid): uid is string => typeof uid === 'string') : [];
  } catch {
    return [];
  }
}

/** Takes note of an address; one that is no dashboard's is passed over. */
export function noteVisit(orgId: number, pathname: string): void {
  const uid = /^\/d\/([^/]+)/.exec(pathname)?.[1];
  if (uid === undefined) return;
  localStorage.setItem(keyOf(orgId), JSON.stringify([uid, ...recentDashboards(orgId).filter((one) => one !== uid)].slice(0, keptAtMost)));
}
