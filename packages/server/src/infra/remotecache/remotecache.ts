/** A cache that all instances share (config-and-operations §11): render keys, auth-proxy hashes, JWKS, OAuth state. */

export interface RemoteCache {
  get(key: string): Promise<Buffer | undefined>;
  /** `ttlMs` 0 stands for 24 hours. */
  set(key: string, value: Buffer | string, ttlMs: number): Promise<void>;
  /** Whether it was there; of several who delete one, one hears yes. */
  delete(key: string): Promise<boolean>;
  close(): Promise<void>;
}

export const defaultTtlMs = 86_400_000;

/** `[remote_cache]` */
export interface RemoteCacheSettings {
  readonly type: 'database' | 'redis' | 'memcached';
  readonly connstr: string;
  readonly prefix: string;
}
