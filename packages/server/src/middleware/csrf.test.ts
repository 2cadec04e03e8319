import { expect, test } from 'vitest';
import { createCsrfCheck } from './csrf.ts';

const cookie = 'theme=dark; grafana_session=abc';

function check(settings: Partial<Parameters<typeof createCsrfCheck>[0]> = {}) {
  const refuse = createCsrfCheck({ alwaysCheck: false, trustedOrigins: [], additionalHeaders: [], ...settings }, 'grafana_session');
  return (headers: Record<string, string>, method = 'POST') => refuse(method, { host: 'grafana.example.com', cookie, ...headers })?.status ?? 'passes';
}

test('another site does not act with the session cookie, by GET neither', () => {
  const from = check();
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) expect([method, from({ origin: 'https://evil.example' }, method)]).toEqual([method, 403]);
  for (const method of ['HEAD', 'OPTIONS', 'TRACE']) expect([method, from({ origin: 'https://evil.example' }, method)]).toEqual([method, 'passes']);
});

test('what counts is the host name, whole and without its port', () => {
  const from = check();
  for (const [origin, outcome] of [
    ['https://grafana.example.com', 'passes'], ['http://grafana.example.com:8080', 'passes'], ['https://GRAFANA.example.com', 'passes'],
    ['https://grafana.example.com.evil.example', 403], ['https://evil-grafana.example.com', 403], ['https://a.grafana.example.com', 403], ['https://example.com', 403], ['https://evil.example/grafana.example.com', 403],
    ['https://grafana.example.com@evil.example', 403], ['null', 403], ['not an origin', 400],
  ] as const) expect([origin, from({ origin })]).toEqual([origin, outcome]);
  expect(from({ origin: 'http://[::1]:3000', host: '[::1]:8080' })).toBe('passes');
  expect(from({ origin: 'https://evil.example', host: '' })).toBe(400);
});

test('without the cookie nothing is at stake, unless all is to be checked; a cookie of a similar name is another', () => {
  expect(check()({ origin: 'https://evil.example', cookie: 'other=grafana_session=1; grafana_session_expiry=2' })).toBe('passes');
  expect(check()({ origin: 'https://evil.example', cookie: 'a=b;grafana_session=' })).toBe(403);
  expect(check({ alwaysCheck: true })({ origin: 'https://evil.example', cookie: '' })).toBe(403);
  expect(check({ alwaysCheck: true })({})).toBe('passes');
});

test('trusted origins and the headers of a proxy in front are believed as they are configured', () => {
  const from = check({ trustedOrigins: ['friend.example'], additionalHeaders: ['X-Forwarded-Host'] });
  expect(from({ origin: 'https://friend.example:444' })).toBe('passes');
  expect(from({ origin: 'https://a.friend.example' })).toBe(403);
  expect(from({ origin: 'https://front.example', 'x-forwarded-host': 'front.example:81' })).toBe('passes');
  expect(from({ origin: 'https://evil.example', 'x-forwarded-host': 'front.example' })).toBe(403);
  expect(check()({ origin: 'https://front.example', 'x-forwarded-host': 'front.example' })).toBe(403);
});
