/** Calls of notifiers (alerting-notifications §8): bounded in time, proxied as the environment says, addresses kept out of errors. */
import type { Dispatcher } from 'undici';
import { NotifyError, type HttpAnswer, type HttpCall } from './integration.ts';

const timeoutMs = 30_000;
const answerBytesMax = 1_048_576;

export interface HttpSender {
  send(call: HttpCall): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export function createHttpSender(): HttpSender {
  /** Made when it is first needed: most servers never notify over HTTP. */
  let shared: Promise<Dispatcher> | undefined;
  const withTls = new Map<string, Dispatcher>();

  const dispatcherFor = async (tls: HttpCall['tls']): Promise<Dispatcher> => {
    const { EnvHttpProxyAgent } = await import('undici');
    const make = (connect: Record<string, unknown>) => new EnvHttpProxyAgent({ connect: { timeout: timeoutMs, ...connect }, requestTls: connect, headersTimeout: timeoutMs, bodyTimeout: timeoutMs } as ConstructorParameters<typeof EnvHttpProxyAgent>[0]);
    if (!tls || !(tls.insecureSkipVerify || tls.caCertificate || tls.clientCertificate)) {
      shared ??= Promise.resolve(make({}));
      return shared;
    }
    const key = JSON.stringify(tls);
    let found = withTls.get(key);
    if (!found) {
      found = make({
        rejectUnauthorized: !tls.insecureSkipVerify, ...(tls.caCertificate ? { ca: tls.caCertificate } : {}),
        ...(tls.clientCertificate ? { cert: tls.clientCertificate, key: tls.clientKey ?? '' } : {}),
      });
      withTls.set(key, found);
    }
    return found;
  };

  return {
    async send({ url, method = 'POST', headers = {}, body, basicAuth, tls, signal }) {
      let target: URL;
      try {
        target = new URL(url);
      } catch {
        throw new NotifyError('failed to send the notification: the URL is invalid');
      }
      if (target.protocol !== 'http:' && target.protocol !== 'https:') throw new NotifyError(`unsupported protocol scheme ${JSON.stringify(target.protocol.replace(/:$/, ''))}`);
      const { request } = await import('undici');
      const own: Record<string, string> = { 'content-type': 'application/json', 'user-agent': 'Grafana' };
      for (const [name, value] of Object.entries(headers)) own[name.toLowerCase()] = value;
      if (basicAuth && basicAuth.user !== '' && basicAuth.password !== '') own['authorization'] = `Basic ${Buffer.from(`${basicAuth.user}:${basicAuth.password}`).toString('base64')}`;
      try {
        const answer = await request(target, {
          method, headers: own, ...(body === undefined ? {} : { body }), dispatcher: await dispatcherFor(tls), signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        });
        let text = '';
        for await (const part of answer.body) {
          if (text.length < answerBytesMax) text += String(part);
        }
        return { status: answer.statusCode, statusText: statusTexts[answer.statusCode] ?? '', body: text, headers: answer.headers };
      } catch (error) {
        if (signal.aborted) throw new NotifyError('context deadline exceeded', { cause: error });
        // Addresses may hold secrets: only the kind of failure is told.
        const code = (error as { code?: string }).code ?? (error as { cause?: { code?: string } }).cause?.code ?? 'failed';
        throw new NotifyError(`failed to send HTTP request - ${method} ${target.protocol}//${target.host}: ${readable[code] ?? code}`, { cause: error });
      }
    },
    async close() {
      await (await shared)?.close();
      for (const dispatcher of withTls.values()) await dispatcher.close();
    },
  };
}

const readable: Record<string, string> = {
  ECONNREFUSED: 'dial tcp: connect: connection refused', ENOTFOUND: 'dial tcp: lookup: no such host', ECONNRESET: 'connection reset by peer', UND_ERR_CONNECT_TIMEOUT: 'dial tcp: i/o timeout',
  UND_ERR_HEADERS_TIMEOUT: 'context deadline exceeded', TimeoutError: 'context deadline exceeded',
};

const statusTexts: Record<number, string> = {
  400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 409: 'Conflict', 413: 'Request Entity Too Large', 422: 'Unprocessable Entity',
  429: 'Too Many Requests', 500: 'Internal Server Error', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout',
};

export const isOk = (answer: HttpAnswer) => answer.status >= 200 && answer.status < 300;

/** Answers outside 2xx are failures. */
export function demandOk(answer: HttpAnswer, prefix = ''): HttpAnswer {
  if (isOk(answer)) return answer;
  throw new NotifyError(`${prefix}webhook response status ${answer.status}${answer.statusText === '' ? '' : ` ${answer.statusText}`}`);
}
