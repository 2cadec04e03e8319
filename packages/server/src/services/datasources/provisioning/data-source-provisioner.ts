import type { Logger } from '../../../infra/log/log.ts';
import { ProvisioningError, type Provisioner, type ProvisioningFiles } from '../../operations/provisioning/provisioning.ts';
import type { CorrelationService } from '../correlations/correlation.ts';
import type { DataSource, DataSourceService } from '../records/data-source.ts';
import { readDataSourceProvisioning, uidOfName, type DataSourceFile, type FileDataSource } from './data-source-files.ts';

export interface DataSourceProvisionerDeps {
  readonly files: ProvisioningFiles;
  readonly dataSources: DataSourceService;
  readonly correlations: Pick<CorrelationService, 'replaceProvisioned'>;
  readonly orgExists: (orgId: number) => Promise<boolean>;
  readonly log: Logger;
}

/** queries-and-frames §4 */
export function createDataSourceProvisioner({ files, dataSources, correlations, orgExists, log }: DataSourceProvisionerDeps): Provisioner {
  return {
    name: 'datasources',
    async provision() {
      const all = (await files.read('datasources')).map((file) => readDataSourceProvisioning(file, files.values));
      try {
        await check(all);
        await prune(all);
        const made: { file: DataSourceFile; item: FileDataSource; dataSource: DataSource }[] = [];
        for (const file of all) {
          await remove(file, all);
          for (const item of file.dataSources) made.push({ file, item, dataSource: await upsert(file, item) });
        }
        // Last, because they may lead to a source of a later file.
        for (const { file, item, dataSource } of made) await link(file, item, dataSource);
      } catch (cause) {
        throw new Error(`Datasource provisioning error: ${cause instanceof Error ? cause.message : cause}`, { cause });
      }
    },
  };

  async function check(all: readonly DataSourceFile[]): Promise<void> {
    const withDefault = new Set<number>();
    for (const { path, dataSources: items } of all) {
      for (const { orgId, write, replacedAccess } of items) {
        if (!(await orgExists(orgId))) throw new ProvisioningError(path, `organization ${orgId} of data source ${write.name} does not exist`);
        if (replacedAccess !== undefined) log.warn('Unknown access of a provisioned data source, using proxy', { name: write.name, access: replacedAccess });
        if (!write.isDefault) continue;
        if (withDefault.has(orgId)) throw new ProvisioningError(path, 'datasource.yaml config is invalid. Only one datasource per organization can be marked as default');
        withDefault.add(orgId);
      }
    }
  }

  /** What a pruning file once made and no file mentions any more. */
  async function prune(all: readonly DataSourceFile[]): Promise<void> {
    const mentioned = new Set(all.flatMap(({ deletions, dataSources: items }) => [
      ...deletions.map(({ orgId, name }) => `${orgId}/${name}`), ...items.map(({ orgId, write }) => `${orgId}/${write.name}`),
    ]));
    for (const dataSource of await dataSources.prunable()) {
      if (!mentioned.has(`${dataSource.orgId}/${dataSource.name}`)) await dataSources.delete(dataSource);
    }
  }

  async function remove(file: DataSourceFile, all: readonly DataSourceFile[]): Promise<void> {
    for (const { orgId, name } of file.deletions) {
      const found = await dataSources.find(orgId, { name });
      if (!found) continue;
      // One that is made again at once keeps its correlations.
      const returns = all.some(({ dataSources: items }) => items.some((item) => item.orgId === orgId && item.write.name === name));
      await dataSources.delete(found, { silent: returns });
    }
  }

  async function upsert({ path }: DataSourceFile, { orgId, version, write }: FileDataSource): Promise<DataSource> {
    const current = await dataSources.find(orgId, { name: write.name });
    if (!current) return dataSources.create(orgId, { ...write, uid: write.uid || uidOfName(write.name) });
    if (write.uid !== '' && write.uid !== current.uid) throw new ProvisioningError(path, `data source ${write.name}: data source not found`);
    // A newer version than the file's is left alone.
    if (version !== 0 && current.version > version) return current;
    return dataSources.update(current, write, { version, secrets: 'replace' });
  }

  async function link({ path }: DataSourceFile, { orgId, write, correlations: links }: FileDataSource, { uid }: DataSource): Promise<void> {
    try {
      await correlations.replaceProvisioned(orgId, uid, links);
    } catch (cause) {
      throw new ProvisioningError(path, `correlations of ${write.name}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  }
}
