/** Who calls the storage server (apiserver-and-storage §8.2). Its port is for servers only: plain headers are believed as they are. */
import type { GrpcCall } from '../../infra/grpc/grpc-service.ts';
import { StorageError } from './storage-object.ts';

export interface StorageCaller {
  /** `user:<uid>`, as authors are written. */
  readonly author: string;
  /** Of a signed token: the only namespace that it is good for. `*`: all of them. */
  readonly namespace: string;
}

export interface StorageAuthSettings {
  /** '' for none. */
  readonly signingKeysUrl: string;
  readonly audiences: readonly string[];
}

/** Throws a 401 StorageError for nobody. */
export type IdentifyCaller = (call: GrpcCall) => Promise<StorageCaller>;

const accessTokenHeader = 'x-access-token';
const idTokenHeader = 'x-id-token';
const nobody = () => new StorageError(401, 'Unauthorized', 'no user found in context');

export function createCallerIdentity({ signingKeysUrl, audiences }: StorageAuthSettings): IdentifyCaller {
  let keys: ReturnType<typeof import('jose')['createRemoteJWKSet']> | undefined;

  async function signed(call: GrpcCall): Promise<StorageCaller | undefined> {
    const token = call.header(accessTokenHeader);
    if (token === '' || signingKeysUrl === '') return undefined;
    const { createRemoteJWKSet, jwtVerify } = await import('jose');
    keys ??= createRemoteJWKSet(new URL(signingKeysUrl));
    const verify = (text: string) => jwtVerify(text, keys!, audiences.length > 0 ? { audience: [...audiences] } : {});
    try {
      const { payload } = await verify(token);
      const namespace = typeof payload['namespace'] === 'string' ? payload['namespace'] : '';
      if (namespace === '' || typeof payload.sub !== 'string') return undefined;
      const idToken = call.header(idTokenHeader);
      const person = idToken === '' ? undefined : (await jwtVerify(idToken, keys)).payload.sub;
      return { namespace, author: person ?? payload.sub };
    } catch {
      // The plain headers are looked at next, as the reference does.
      return undefined;
    }
  }

  return async (call) => {
    const known = await signed(call);
    if (known) return known;
    const [login, id, uid] = [call.header('grafana-login'), call.header('grafana-user-id') || call.header('grafana-userid'), call.header('grafana-user-uid')];
    if (login === '' && id === '') throw nobody();
    const [type, number = ''] = id.includes(':') ? id.split(':') : ['user', id];
    // The reference's clients say `user:<uid>`.
    const author = uid.includes(':') ? uid : `${type}:${uid || number || login}`;
    if (!/^[\w.@:+-]{1,200}$/.test(author)) throw nobody();
    return { namespace: '*', author };
  };
}

/** Throws a 403 for a namespace that a token is not good for. */
export function demandNamespace(caller: StorageCaller, namespace: string): void {
  if (caller.namespace !== '*' && caller.namespace !== namespace) throw new StorageError(403, 'Forbidden', 'namespace mismatch');
}
