/** Who owns the fields of what the classic faces write (apiserver-and-storage §4.4). */
import { afterUpdate } from '../../apiserver/managed-fields.ts';
import { rfc3339 } from '../../storage/resource-changes.ts';

export interface ClassicWrite {
  /** `dashboard.grafana.app/v0alpha1` */
  readonly apiVersion: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
}

const structs: ReadonlySet<string> = new Set(['metadata', 'spec']);
const empty = { metadata: {}, spec: {} };

/** JSON text of `metadata.managedFields`: the server owns everything. */
export function classicOwners({ apiVersion, annotations, spec }: ClassicWrite, now: number): string {
  const metadata = Object.keys(annotations).length > 0 ? { annotations } : {};
  return JSON.stringify(afterUpdate([], { metadata, spec }, empty, { manager: 'grafana', apiVersion, time: rfc3339(now), structs }));
}
