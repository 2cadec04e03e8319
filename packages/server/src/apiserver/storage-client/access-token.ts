/** Access tokens for the storage server: a token of ours is exchanged for one of a namespace (apiserver-and-storage §8.2, `[grpc_client_authentication]`). */
import type { Clock } from '../../infra/clock.ts';
import type { TokenExchangeSettings } from '../../setting/unified-storage-settings.ts';
import { objectOf, numberOf, textOf } from '../../util/json-value.ts';
import { storageClientErrors } from './storage-client.ts';

export interface AccessTokens {
  /** Remembered until shortly before it ends. Throws a 503 where none is given. */
  tokenFor(namespace: string): Promise<string>;
}

const audience = 'resourceStore';
/** So long before its end a token is not used any more. */
const leewayMs = 15_000;
const exchangeMsMax = 10_000;
const rememberedMax = 1_000;

export function createAccessTokens({ exchange, clock }: { readonly exchange: TokenExchangeSettings; readonly clock: Pick<Clock, 'now'> }): AccessTokens {
  const known = new Map<string, { readonly token: Promise<string>; until: number }>();

  async function fetched(namespace: string): Promise<{ token: string; until: number }> {
    try {
      const answer = await fetch(exchange.url, {
        method: 'POST', signal: AbortSignal.timeout(exchangeMsMax), body: JSON.stringify({ namespace, audiences: [audience] }),
        headers: { authorization: `Bearer ${exchange.token.reveal()}`, 'content-type': 'application/json', accept: 'application/json', 'x-org-id': '0', 'x-realms': '[{"type": "system", "identifier": "system"}]' },
      });
      if (!answer.ok) throw new Error(`the token exchange answered ${answer.status}`);
      const token = textOf(objectOf(objectOf(await answer.json())['data'])['token']);
      if (token === '') throw new Error('the token exchange gave no token');
      return { token, until: endOf(token) - leewayMs };
    } catch (error) {
      throw storageClientErrors.refused({ cause: error });
    }
  }

  return {
    tokenFor(namespace) {
      const remembered = known.get(namespace);
      if (remembered && remembered.until > clock.now()) return remembered.token;
      if (known.size >= rememberedMax) known.clear();
      const asked = fetched(exchange.namespace || namespace || '*');
      const entry = { token: asked.then(({ token }) => token), until: Number.POSITIVE_INFINITY };
      known.set(namespace, entry);
      asked.then(({ until }) => {
        entry.until = until;
      }, () => known.delete(namespace));
      return entry.token;
    },
  };
}

/** When a token ends by its own words, ms since the epoch; 0 for what is no token. */
function endOf(token: string): number {
  try {
    return numberOf(objectOf(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')))['exp'], 0) * 1_000;
  } catch {
    return 0;
  }
}
