/** Correlations (queries-and-frames §5): links from a data source's results to a query of another one, or to an address. */
import { defineErrors } from '../../../web/errors.ts';

export interface Transformation {
  readonly type: string;
  readonly expression?: string;
  readonly field?: string;
  readonly mapValue?: string;
}

export interface CorrelationConfig {
  readonly field: string;
  readonly target: Readonly<Record<string, unknown>>;
  readonly transformations?: readonly Transformation[];
}

export interface Correlation {
  readonly uid: string;
  readonly sourceUID: string;
  readonly orgId: number;
  readonly targetUID: string | null;
  readonly label: string;
  readonly description: string;
  readonly config: CorrelationConfig;
  readonly provisioned: boolean;
  /** `query` or `external`; changes store any word. */
  readonly type: string;
}

export type CorrelationWrite = Omit<Correlation, 'uid' | 'orgId'>;

export interface CorrelationChange {
  readonly label?: string;
  readonly description?: string;
  readonly type?: string;
  readonly config?: { readonly field?: string; readonly target?: Readonly<Record<string, unknown>>; readonly transformations?: readonly Transformation[] };
}

export interface CorrelationService {
  /** Throws when source or target do not exist. */
  create(orgId: number, write: CorrelationWrite): Promise<Correlation>;
  /** Also finds what reads hide. */
  update(orgId: number, sourceUid: string, uid: string, change: CorrelationChange): Promise<Correlation>;
  delete(orgId: number, sourceUid: string, uid: string): Promise<void>;
  get(orgId: number, sourceUid: string, uid: string): Promise<Correlation>;
  ofSource(orgId: number, sourceUid: string): Promise<readonly Correlation[]>;
  /** In order of creation. `totalCount` counts every row of the instance. */
  list(orgId: number, options: { readonly sourceUids: readonly string[]; readonly limit: number; readonly page: number }): Promise<{ readonly correlations: readonly Correlation[]; readonly totalCount: number }>;
  /** Provisioning: the file's correlations of a source take the place of those that files made before. */
  replaceProvisioned(orgId: number, sourceUid: string, writes: readonly Omit<CorrelationWrite, 'sourceUID' | 'provisioned'>[]): Promise<void>;
  count(): Promise<number>;
}

export const correlationErrors = defineErrors('correlation', {
  notFound: [404, 'Correlation not found'],
  sourceNotFound: [404, 'Source data source not found'],
  dataSourceNotFound: [404, 'Data source not found'],
  provisioned: [403, 'Correlation can only be edited via provisioning'],
  nothingToChange: [400, 'At least one of label, description or config is required'],
});
