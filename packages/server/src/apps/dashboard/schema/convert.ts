/** A stored dashboard at another API version's terms (dashboards-and-content §14.1, §15.4). Conversion never fails a request: what cannot be converted is said so. */
import { parseExact } from '../../../util/exact-json.ts';
import type { Json, SourceLookup } from './document.ts';
import { isObject } from '../../../util/json-value.ts';
import { migrateDashboard } from './migrate.ts';
import { emptyV2, toV2 } from './to-v2.ts';
import { fromV2 } from './from-v2.ts';
import { fittedV2 } from './v2-typed.ts';
import { betaToAlpha, alphaToBeta } from './v2-versions.ts';
import type { V2Version } from './v2-schema.ts';

export type DashboardVersion = 'v0alpha1' | 'v1beta1' | 'v2alpha1' | 'v2beta1';
export const dashboardVersions: readonly DashboardVersion[] = ['v1beta1', 'v0alpha1', 'v2beta1', 'v2alpha1'];

export interface Converted {
  readonly spec: Json;
  /** Why `spec` is not what was asked for. */
  readonly error: string | undefined;
}

export const isV2 = (version: string): version is V2Version => version.startsWith('v2');

export function convertDashboard(specText: string, from: string, to: string, sources: SourceLookup): Converted {
  const parsed = parseExact(specText);
  const spec = isObject(parsed) ? parsed : {};
  if (isV2(from)) {
    const beta = from === 'v2alpha1' ? alphaToBeta(spec) : spec;
    if (to === 'v2beta1') return { spec: beta, error: undefined };
    return { spec: to === 'v2alpha1' ? betaToAlpha(beta, sources) : fromV2(beta, sources), error: undefined };
  }
  if (to === 'v0alpha1') return { spec, error: undefined };
  const migrated = from === 'v0alpha1' ? migrateDashboard(spec, sources) : { dashboard: spec, error: undefined };
  // Compat: the reference names the failure twice.
  const error = migrated.error && `${migrated.error.split(' failed: ')[0]} failed: ${migrated.error}`;
  if (to === 'v1beta1') return { spec: migrated.dashboard, error };
  if (error) return { spec: emptyV2(), error };
  // What people put where it does not belong is left out: what is served is what its description says.
  const beta = fittedV2(toV2(migrated.dashboard, sources), 'v2beta1');
  return { spec: to === 'v2alpha1' ? fittedV2(betaToAlpha(beta, sources), 'v2alpha1') : beta, error: undefined };
}
