import { readFileSync } from 'node:fs';
import type { Settings } from '../setting/settings.ts';

/** Certificate and key from files, where the protocol wants TLS (config-and-operations §9.1). */
export function tlsFiles({ server }: Pick<Settings, 'server'>) {
  if (server.protocol !== 'https' && server.protocol !== 'h2') return undefined;
  return {
    cert: readFileSync(server.certFile, 'utf8'), key: readFileSync(server.certKey, 'utf8'), minVersion: server.minTlsVersion, http2: server.protocol === 'h2',
    ...(server.certPass === '' ? {} : { passphrase: server.certPass }),
  };
}
