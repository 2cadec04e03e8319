/** An organization's name under `/apis` and in the resource store (apiserver-and-storage §2.1). */

export const namespaceOf = (orgId: number): string => (orgId === 1 ? 'default' : `org-${orgId}`);

/** Undefined for what names no organization. */
export function orgIdOf(namespace: string): number | undefined {
  if (namespace === 'default') return 1;
  const match = /^org-([1-9]\d{0,15})$/.exec(namespace);
  const orgId = match ? Number(match[1]) : 0;
  return orgId > 1 ? orgId : undefined;
}
