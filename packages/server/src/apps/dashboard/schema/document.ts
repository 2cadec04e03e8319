/** A dashboard's JSON while it is being changed: plain objects, whatever people put into them. */

export type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
export const objects = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
export const objectIn = (parent: Json, key: string): Json | undefined => {
  const value = parent[key];
  return isObject(value) ? value : undefined;
};
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
export const numberOf = (value: unknown, otherwise: number): number => (typeof value === 'number' && Number.isFinite(value) ? value : otherwise);

/** Panels at the top. */
export const topPanels = (dashboard: Json): Json[] => objects(dashboard['panels']);

/** Panels at the top, each followed by those inside it. */
export const allPanels = (dashboard: Json): Json[] => topPanels(dashboard).flatMap((panel) => [panel, ...objects(panel['panels'])]);

export const variablesOf = (dashboard: Json): Json[] => objects(objectIn(dashboard, 'templating')?.['list']);
export const annotationsOf = (dashboard: Json): Json[] => objects(objectIn(dashboard, 'annotations')?.['list']);

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
