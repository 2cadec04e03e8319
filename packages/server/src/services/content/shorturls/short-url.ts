/** Short links (dashboards-and-content §12). */
import { defineErrors } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';

export interface ShortUrl {
  readonly id: number;
  readonly orgId: number;
  readonly uid: string;
  /** Relative to the root URL. */
  readonly path: string;
  readonly createdBy: number;
  readonly createdAt: number;
  /** Milliseconds; 0 as long as nobody followed it. */
  readonly lastSeenAt: number;
}

export interface ShortUrlService {
  create(identity: Identity, link: { uid: string; path: string }): Promise<ShortUrl>;
  find(orgId: number, uid: string): Promise<ShortUrl | undefined>;
  /** Notes that somebody follows the link; undefined when there is none. */
  follow(orgId: number, uid: string): Promise<ShortUrl | undefined>;
  /** Removes links that nobody ever followed and that are old enough. */
  cleanUp(): Promise<void>;
}

export const shortUrlErrors = defineErrors('shorturl', {
  absolutePath: [400, 'Path should be relative', 'shorturl.absolute-path'],
  invalidPath: [400, 'Invalid short URL path', 'shorturl.invalid-path'],
  badRequest: [400, 'BadRequest', 'shorturl.bad-request'],
  conflict: [409, 'Conflict', 'shorturl.conflict'],
  notFound: [404, 'NotFound', 'shorturl.not-found'],
});
