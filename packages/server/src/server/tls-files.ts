import { readFileSync, statSync } from 'node:fs';
import type { Server } from 'node:https';
import type { Logger } from '../infra/log/log.ts';
import type { BackgroundService } from '../registry/background-service.ts';
import { SettingError } from '../setting/ini.ts';
import type { Settings } from '../setting/settings.ts';

/** Certificate and key, where the protocol wants TLS (config-and-operations §9.1): from files, or made for the occasion where none are named. */
export async function tlsFiles({ server }: Pick<Settings, 'server'>) {
  if (server.protocol !== 'https' && server.protocol !== 'h2') return undefined;
  const options = { minVersion: server.minTlsVersion, http2: server.protocol === 'h2', ...(server.certPass === '' ? {} : { passphrase: server.certPass }) };
  if (server.certFile === '' && server.certKey === '') {
    const { selfSignedCertificate } = await import('./self-signed.ts');
    return { ...options, ...(await selfSignedCertificate(server.domain)) };
  }
  return { ...options, cert: read('cert_file', server.certFile), key: read('cert_key', server.certKey) };
}

function read(key: 'cert_file' | 'cert_key', file: string): string {
  if (file === '') throw new SettingError(`configuration: [server] ${key}`, 'is needed together with the other one');
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw Object.assign(new SettingError(`configuration: [server] ${key}`, `cannot read ${file}`), { cause });
  }
}

/** `certs_watch_interval`: files that changed are taken up; where that fails, the old certificate stays. */
export function tlsWatcher({ settings, listener, log }: { readonly settings: Pick<Settings, 'server'>; readonly listener: Pick<Server, 'setSecureContext'>; readonly log: Logger }): BackgroundService {
  const { certFile, certKey, certsWatchIntervalMs } = settings.server;
  const stamp = () => [certFile, certKey].map((file) => statSync(file).mtimeMs).join(' ');
  return {
    name: 'certificate watcher',
    run: (signal) =>
      new Promise((resolve) => {
        let known = stamp();
        const timer = setInterval(async () => {
          try {
            const now = stamp();
            if (now === known) return;
            known = now;
            const files = await tlsFiles(settings);
            if (files) listener.setSecureContext(files);
            log.info('Certificates reloaded', { certFile });
          } catch (error) {
            log.error('Certificates could not be reloaded', { error });
          }
        }, certsWatchIntervalMs);
        signal.addEventListener('abort', () => {
          clearInterval(timer);
          resolve();
        }, { once: true });
      }),
  };
}
