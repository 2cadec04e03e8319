/** What encryption measures, under the reference's names (config-and-operations §8). */
import { Counter, type Registry } from 'prom-client';

export function createSecretsMetrics(registry: Registry) {
  const registers = [registry];
  const operations = new Counter({ name: 'grafana_encryption_ops_total', help: 'A counter for encryption operations.', labelNames: ['success', 'operation'], registers });
  const reads = new Counter({ name: 'grafana_encryption_cache_reads_total', help: 'A counter for reads of data keys from the cache.', labelNames: ['hit', 'method'], registers });
  for (const operation of ['encrypt', 'decrypt']) for (const success of ['true', 'false']) operations.inc({ success, operation }, 0);
  return {
    operation: (operation: 'encrypt' | 'decrypt', success: boolean) => operations.inc({ success: String(success), operation }),
    cacheRead: (method: 'byId' | 'byName', hit: boolean) => reads.inc({ hit: String(hit), method }),
  };
}
