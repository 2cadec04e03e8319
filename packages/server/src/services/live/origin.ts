/** Who may open a socket from a browser page (live §5). */

export interface OriginRule {
  allows(origin: string | undefined, host: string | undefined): boolean;
}

export function createOriginRule(rootUrl: string, allowedOrigins: readonly string[]): OriginRule {
  const own = parts(rootUrl);
  const any = allowedOrigins.length === 1 && allowedOrigins[0] === '*';
  const patterns = allowedOrigins.map(globToRegExp);
  return {
    allows(origin, host) {
      if (origin === undefined || origin === '') return true;
      if (any) return true;
      if (!URL.canParse(origin)) return origin !== 'null' ? false : patterns.some((p) => p.test(origin));
      const { scheme, authority } = parts(origin);
      if (host !== undefined && authority === host.toLowerCase()) return true;
      const port = /:\d*$/.test(authority);
      if (scheme === own.scheme && authority === (port ? own.authority : own.authority.replace(/:\d*$/, ''))) return true;
      return patterns.some((p) => p.test(origin));
    },
  };
}

function parts(url: string): { scheme: string; authority: string } {
  const found = /^([a-z][a-z0-9+.-]*):\/\/(?:[^/?#@]*@)?([^/?#]*)/i.exec(url);
  return { scheme: found?.[1]?.toLowerCase() ?? '', authority: found?.[2]?.toLowerCase() ?? '' };
}

/** `*` any run, `?` one character, `[…]`, `{a,b}`; no character separates. */
function globToRegExp(glob: string): RegExp {
  let source = '';
  let braces = 0;
  for (let i = 0; i < glob.length; i++) {
    const c = glob[i]!;
    if (c === '*') source += '.*';
    else if (c === '?') source += '.';
    else if (c === '[') {
      const end = glob.indexOf(']', i + 1);
      const set = glob.slice(i + 1, end).replace(/\\/g, '\\\\').replace(/^!/, '^');
      source += `[${set}]`;
      i = end;
    } else if (c === '{') {
      braces++;
      source += '(?:';
    } else if (c === '}' && braces > 0) {
      braces--;
      source += ')';
    } else if (c === ',' && braces > 0) source += '|';
    else if (c === '\\') source += escape(glob[++i] ?? '');
    else source += escape(c);
  }
  return new RegExp(`^${source}$`, 's');
}

const escape = (c: string) => c.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
