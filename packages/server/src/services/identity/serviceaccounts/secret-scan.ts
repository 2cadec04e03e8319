/** Tokens that somebody published by mistake (config-and-operations §14): a service that looks for them is asked by hash. */
import type { Clock } from '../../../infra/clock.ts';
import type { Logger } from '../../../infra/log/log.ts';
import type { BackgroundService } from '../../../registry/background-service.ts';
import type { IniSection } from '../../../setting/ini.ts';
import { objectsOf, textOf } from '../../../util/json-value.ts';
import type { ServiceAccountService } from './serviceaccount.ts';

export interface SecretScanSettings {
  readonly intervalMs: number;
  readonly baseUrl: string;
  /** '' for nobody who is told. */
  readonly oncallUrl: string;
  readonly revoke: boolean;
}

/** Undefined: it is off. */
export function readSecretScan(section: IniSection, development: boolean): SecretScanSettings | undefined {
  if (!section.bool('enabled')) return undefined;
  const baseUrl = section.string('base_url').replace(/\/+$/, '');
  if (!URL.canParse(baseUrl)) section.fail('base_url', 'is not an address');
  if (!development && !baseUrl.startsWith('https://')) section.fail('base_url', 'must be an https address');
  return { intervalMs: section.duration('interval', 300_000), baseUrl, oncallUrl: section.string('oncall_url'), revoke: section.bool('revoke', true) };
}

const hashesMax = 100;
const timeoutMs = 10_000;

export interface SecretScanDeps {
  readonly settings: SecretScanSettings;
  readonly accounts: Pick<ServiceAccountService, 'activeTokens' | 'revokeToken'>;
  readonly clock: Clock;
  readonly log: Logger;
}

export function createSecretScan({ settings, accounts, clock, log }: SecretScanDeps): BackgroundService & { scan(signal: AbortSignal): Promise<void> } {
  async function post(url: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    const answer = await fetch(url, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]), redirect: 'error',
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`the secret scanner answered ${answer.status}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  async function scan(signal: AbortSignal): Promise<void> {
    const tokens = await accounts.activeTokens();
    const byHash = new Map(tokens.map((token) => [token.hash, token]));
    for (let from = 0; from < tokens.length; from += hashesMax) {
      const found = objectsOf(await post(`${settings.baseUrl}/tokens`, { hashes: tokens.slice(from, from + hashesMax).map(({ hash }) => hash) }, signal));
      for (const leak of found) {
        const token = byHash.get(textOf(leak['hash']));
        if (!token) continue;
        const { id: tokenId, name, orgId, serviceAccountId } = token;
        log.warn('A service account token was found in public', { tokenId, name, orgId, serviceAccountId, where: textOf(leak['url']), type: textOf(leak['type']), revoked: settings.revoke });
        if (settings.revoke) await accounts.revokeToken(tokenId);
        if (settings.oncallUrl === '') continue;
        const message = `Token of type ${textOf(leak['type'])} with name ${name} was found in public at ${textOf(leak['url'])}.${settings.revoke ? ' It was revoked.' : ''}`;
        await post(settings.oncallUrl, { alert_uid: `token-${tokenId}`, title: 'A service account token was found in public', state: 'alerting', link_to_upstream_details: textOf(leak['url']), message }, signal)
          .catch((error: unknown) => log.warn('Telling about a token that was found failed', { tokenId, error }));
      }
    }
  }

  return {
    name: 'secret scan',
    scan,
    async run(signal) {
      while (!signal.aborted) {
        await scan(signal).catch((error: unknown) => {
          if (!signal.aborted) log.warn('The secret scan failed', { error });
        });
        await clock.sleep(settings.intervalMs, signal).catch(() => {});
      }
    },
  };
}
