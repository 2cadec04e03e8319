/** Finished jobs of repositories as lines in Loki (apiserver-and-storage §6.9, `[provisioning] loki_url`): all of them, where the store keeps the last ones only. */
import { storedFrom, valueOf } from '../../apiserver/storage-server/storage-object.ts';
import type { Logger } from '../../infra/log/log.ts';
import type { LokiClient } from '../../services/alerting/history/loki-client.ts';
import type { StoredResource } from '../../storage/resource-store.ts';

export interface JobArchive {
  /** Never rejects: what cannot be written is logged. */
  add(job: StoredResource): void;
  /** Newest first; undefined where Loki does not say. */
  of(namespace: string, repository: string): Promise<readonly StoredResource[] | undefined>;
}

const from = 'job-history';
/** How far back, and how many, are shown. */
const windowMs = 7 * 86_400_000;
const shownMax = 100;

export function createJobArchive({ loki, log, now, repositoryLabel }: { readonly loki: LokiClient; readonly log: Logger; readonly now: () => number; readonly repositoryLabel: string }): JobArchive {
  return {
    add(job) {
      const stream = { service_name: 'grafana-provisioning', from, namespace: job.namespace, repository: job.labels[repositoryLabel] ?? '' };
      loki.push(stream, [valueOf(job).toString()], now()).catch((error: unknown) => log.error('A finished job was not written to Loki', { job: job.name, error }));
    },
    async of(namespace, repository) {
      const query = `{from=${JSON.stringify(from)},namespace=${JSON.stringify(namespace)},repository=${JSON.stringify(repository)}}`;
      try {
        const lines = [...(await loki.lines(query, now() - windowMs, now(), shownMax))].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
        return lines.flatMap(({ line }) => jobIn(line));
      } catch (error) {
        log.warn('The history of jobs could not be read from Loki', { error });
        return undefined;
      }
    },
  };
}

function jobIn(line: string): StoredResource[] {
  try {
    return [storedFrom({ group: 'provisioning.grafana.app', resource: 'historicjobs' }, 0, Buffer.from(line))];
  } catch {
    // Somebody else's line.
    return [];
  }
}
