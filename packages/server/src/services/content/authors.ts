/** Names of those who made and changed things: what is stored is `user:<uid>`, what the classic routes show is a login. */

export interface Authors {
  /** Login of a user, name of a service account, `Anonymous` for everybody else and for accounts that are gone. */
  nameOf(author: string): string | Promise<string>;
}

export interface AuthorsDeps {
  /** The login (users) or name (service accounts) behind a uid. */
  readonly lookUp: (kind: 'user' | 'service-account', uid: string) => Promise<string | undefined>;
  readonly now: () => number;
}

export const anonymousAuthor = 'Anonymous';
/** What the server itself makes: provisioning, plugins. */
export const serverAuthor = 'access-policy:service';

/** Logins change seldom; a renamed user is shown under the old name for this long. */
const rememberMs = 30_000;
const rememberedMax = 10_000;

export function createAuthors({ lookUp, now }: AuthorsDeps): Authors {
  const remembered = new Map<string, { name: string; until: number }>();
  return {
    nameOf(author) {
      const kind = author.startsWith('user:') ? 'user' : author.startsWith('service-account:') ? 'service-account' : undefined;
      if (!kind) return anonymousAuthor;
      const known = remembered.get(author);
      if (known && known.until > now()) return known.name;
      return fetchName(kind, author);
    },
  };

  async function fetchName(kind: 'user' | 'service-account', author: string): Promise<string> {
    const name = (await lookUp(kind, author.slice(kind.length + 1))) ?? anonymousAuthor;
    if (remembered.size >= rememberedMax) remembered.clear();
    remembered.set(author, { name, until: now() + rememberMs });
    return name;
  }
}
