/** A dashboard's JSON while it is being changed: plain objects, whatever people put into them. */
import { isObject, objectsOf } from '../../../util/json-value.ts';

export type Json = Record<string, unknown>;

export const objectIn = (parent: Json, key: string): Json | undefined => {
  const value = parent[key];
  return isObject(value) ? value : undefined;
};

/** Panels at the top. */
export const topPanels = (dashboard: Json): Json[] => objectsOf(dashboard['panels']);

/** Panels at the top, each followed by those inside it. */
export const allPanels = (dashboard: Json): Json[] => topPanels(dashboard).flatMap((panel) => [panel, ...objectsOf(panel['panels'])]);

export const variablesOf = (dashboard: Json): Json[] => objectsOf(objectIn(dashboard, 'templating')?.['list']);
export const annotationsOf = (dashboard: Json): Json[] => objectsOf(objectIn(dashboard, 'annotations')?.['list']);

/** A data source as dashboards refer to it. */
export interface SourceRef {
  readonly uid: string;
  readonly type: string;
  readonly apiVersion?: string;
}

/** The organization's data sources. */
export interface SourceLookup {
  readonly byName: ReadonlyMap<string, SourceRef>;
  readonly byUid: ReadonlyMap<string, SourceRef>;
  readonly standard: SourceRef | undefined;
}

export const noSources: SourceLookup = { byName: new Map(), byUid: new Map(), standard: undefined };

export const refOf = ({ uid, type, apiVersion }: SourceRef): Json => ({ uid, type, ...(apiVersion ? { apiVersion } : {}) });
