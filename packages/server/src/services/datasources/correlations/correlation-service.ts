import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import { shortUid } from '../../../util/short-uid.ts';
import type { DataSourceService } from '../records/data-source.ts';
import { correlationErrors, type Correlation, type CorrelationService } from './correlation.ts';
import { createCorrelationStore } from './correlation-store.ts';

export interface CorrelationDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly dataSources: Pick<DataSourceService, 'find' | 'onEvent'>;
}

export function createCorrelationService({ db, clock, dataSources }: CorrelationDeps): CorrelationService {
  const store = createCorrelationStore(db);
  const exists = async (orgId: number, uid: string) => (await dataSources.find(orgId, { uid })) !== undefined;

  dataSources.onEvent(async ({ kind, dataSource }) => {
    if (kind === 'deleted') await store.delete(dataSource.orgId, dataSource.uid);
  });

  const one = async (orgId: number, sourceUid: string, uid: string, visible: boolean): Promise<Correlation> => {
    const [found] = await store.find(orgId, { sourceUids: [sourceUid], uid, visible });
    if (!found) throw correlationErrors.notFound();
    return found;
  };

  return {
    async create(orgId, write) {
      if (!(await exists(orgId, write.sourceUID))) throw correlationErrors.dataSourceNotFound();
      if (write.targetUID !== null && !(await exists(orgId, write.targetUID))) throw correlationErrors.dataSourceNotFound();
      const correlation = { ...write, uid: shortUid(clock.now()), orgId };
      await store.insert(correlation);
      return correlation;
    },
    async update(orgId, sourceUid, uid, change) {
      if (!(await exists(orgId, sourceUid))) throw correlationErrors.dataSourceNotFound();
      const current = await one(orgId, sourceUid, uid, false);
      if (current.provisioned) throw correlationErrors.provisioned();
      const { config = {} } = change;
      const changed: Correlation = {
        ...current, label: change.label ?? current.label, description: change.description ?? current.description, type: change.type ?? current.type,
        config: {
          field: config.field ?? current.config.field, target: config.target ?? current.config.target,
          ...transformationsOf(config.transformations ?? current.config.transformations),
        },
      };
      await store.update(changed);
      return changed;
    },
    async delete(orgId, sourceUid, uid) {
      if (!(await exists(orgId, sourceUid))) throw correlationErrors.dataSourceNotFound();
      if ((await one(orgId, sourceUid, uid, true)).provisioned) throw correlationErrors.provisioned();
      await store.delete(orgId, sourceUid, { uid });
    },
    async get(orgId, sourceUid, uid) {
      if (!(await exists(orgId, sourceUid))) throw correlationErrors.sourceNotFound();
      return one(orgId, sourceUid, uid, true);
    },
    async ofSource(orgId, sourceUid) {
      if (!(await exists(orgId, sourceUid))) throw correlationErrors.sourceNotFound();
      return store.find(orgId, { sourceUids: [sourceUid], visible: true });
    },
    async list(orgId, { sourceUids, limit, page }) {
      return { correlations: await store.find(orgId, { sourceUids, visible: true, limit, offset: limit * (page - 1) }), totalCount: await store.count() };
    },
    async replaceProvisioned(orgId, sourceUid, writes) {
      for (const { targetUID } of writes) if (targetUID !== null && !(await exists(orgId, targetUID))) throw correlationErrors.dataSourceNotFound();
      await db.transaction(async (tx) => {
        const inside = createCorrelationStore(tx);
        await inside.delete(orgId, sourceUid, { provisioned: true });
        for (const write of writes) await inside.insert({ ...write, uid: shortUid(clock.now()), orgId, sourceUID: sourceUid, provisioned: true });
      });
    },
    count: () => store.count(),
  };
}

const transformationsOf = (transformations: Correlation['config']['transformations']) => (transformations && transformations.length > 0 ? { transformations } : {});
