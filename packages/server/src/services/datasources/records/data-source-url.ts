/** The target address of a data source, read as the reference reads it (queries-and-frames §2.2, §7.1). */

export interface TargetUrl {
  readonly scheme: string;
  /** With its port, brackets kept. */
  readonly host: string;
  /** Still escaped; '' or begins with a slash. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
}

/** Undefined for what the reference refuses. An address without a scheme is taken for http. */
export function parseTargetUrl(type: string, text: string): TargetUrl | undefined {
  if (type === 'mssql') return parseServerAddress(text);
  return parseUrl(/^[^:]*:\/\//.test(text) ? text : `http://${text}`);
}

/** Types that make no sense without an address: an update must name it. */
const typesWithUrl = new Set([
  'graphite', 'influxdb', 'influxdb_08', 'elasticsearch', 'prometheus', 'grafana-amazonprometheus-datasource', 'grafana-azureprometheus-datasource',
  'alertmanager', 'jaeger', 'loki', 'opentsdb', 'tempo', 'zipkin', 'mysql', 'grafana-postgresql-datasource', 'mssql',
]);
export const needsUrl = (type: string): boolean => typesWithUrl.has(type);

/** `host[\instance][:port][;…]` */
function parseServerAddress(text: string): TargetUrl | undefined {
  const parts = /^([^:;\\]+)(?:\\([^:;]+))?(?::(\d+))?(?:;.*)?$/s.exec(text);
  return parts ? { scheme: 'sqlserver', host: parts[3] ? `${parts[1]}:${parts[3]}` : parts[1]!, path: '', query: '' } : undefined;
}

function parseUrl(text: string): TargetUrl | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are refused.
  if (/[\u0000-\u001f\u007f]/.test(text)) return undefined;
  const [beforeFragment, fragment = ''] = cut(text, '#');
  if (!escapesAreSound(fragment)) return undefined;
  const [address, query = ''] = cut(beforeFragment, '?');
  const parts = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\/([^/]*)(.*)$/s.exec(address);
  if (!parts) return undefined;
  const [, scheme = '', authority = '', path = ''] = parts;
  const at = authority.lastIndexOf('@');
  if (at >= 0 && !/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(authority.slice(0, at))) return undefined;
  if (at >= 0 && !escapesAreSound(authority.slice(0, at))) return undefined;
  const host = authority.slice(at + 1);
  if (!hostIsSound(host) || !escapesAreSound(path)) return undefined;
  return { scheme: scheme.toLowerCase(), host, path, query };
}

function hostIsSound(host: string): boolean {
  let name = host;
  let port: string;
  if (host.startsWith('[')) {
    const end = host.lastIndexOf(']');
    if (end < 0) return false;
    port = host.slice(end + 1);
    name = host.slice(0, end + 1);
  } else {
    const colon = host.lastIndexOf(':');
    port = colon < 0 ? '' : host.slice(colon);
    name = colon < 0 ? host : host.slice(0, colon);
  }
  if (!/^(:\d*)?$/.test(port)) return false;
  // Escapes are for what is beyond ASCII (and the percent sign of a zone).
  if (/%(?!25|[89a-fA-F][0-9a-fA-F])/.test(name)) return false;
  return /^[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"%\u0080-\uffff]*$/.test(name);
}

const escapesAreSound = (text: string) => !/%(?![0-9a-fA-F]{2})/.test(text);

function cut(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
