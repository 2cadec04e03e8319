/** `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` (queries-and-frames §7.4). This machine itself is never asked for through a proxy. */
import { isIP } from 'node:net';

type Environment = Readonly<Record<string, string | undefined>>;

const said = (environment: Environment, name: string) => environment[name] || environment[name.toLowerCase()] || undefined;

/** The proxy's address for a request to `url`; undefined: go there directly. */
export function proxyFor(url: URL, environment: Environment): string | undefined {
  const proxy = said(environment, url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  if (proxy === undefined) return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))) return undefined;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  for (const entry of (said(environment, 'NO_PROXY') ?? '').split(',').map((e) => e.trim().toLowerCase()).filter(Boolean)) {
    if (entry === '*' || excepts(entry, host, port)) return undefined;
  }
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function excepts(entry: string, host: string, port: string): boolean {
  const withPort = /^(.*):(\d+)$/.exec(entry);
  if (withPort && !entry.includes('::')) return withPort[2] === port && excepts(withPort[1]!, host, port);
  if (isIP(host)) return entry.includes('/') ? inNetwork(host, entry) : entry === host;
  const domain = entry.replace(/^\*?\./, '');
  return host.endsWith(`.${domain}`) || (host === domain && !entry.startsWith('.'));
}

function inNetwork(host: string, network: string): boolean {
  const [base = '', bits = ''] = network.split('/');
  if (isIP(host) !== 4 || isIP(base) !== 4 || !/^\d+$/.test(bits)) return false;
  const number = (ip: string) => ip.split('.').reduce((n, part) => n * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(host) / size) === Math.floor(number(base) / size);
}
