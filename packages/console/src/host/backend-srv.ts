/** Requests to the server, in the shape that Grafana's packages expect of their host. */
import { AppEvents } from '@grafana/data';
import { config, getAppEvents, type BackendSrv, type BackendSrvRequest, type FetchError, type FetchResponse } from '@grafana/runtime';
import { from, mergeMap, Observable } from 'rxjs';
import { user } from './boot-data.ts';
import { renewSession, sessionIsOver } from './session.ts';

const absolute = (url: string) => (/^https?:/.test(url) ? url : `${config.appSubUrl ?? ''}/${url.replace(/^\//, '')}`);

function query(params: Record<string, unknown> | undefined): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(params ?? {})) {
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(key, String(one));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

/** Whether asking again may help: not after somebody ended the session. */
function mayRenew(body: unknown): Promise<boolean> {
  const { error, messageId } = (body ?? {}) as { readonly error?: { readonly id?: string }; readonly messageId?: string };
  if (error?.id !== 'ERR_TOKEN_REVOKED') return renewSession(messageId === 'session.token.rotate');
  sessionIsOver();
  return Promise.resolve(false);
}

async function answerOf<T>(request: BackendSrvRequest, signal: AbortSignal, again = false): Promise<FetchResponse<T>> {
  const { url, params, data, method = 'GET', headers = {}, responseType } = request;
  const target = absolute(url) + query(params);
  const isPlain = data !== undefined && data !== null && !(data instanceof FormData) && !(data instanceof Blob) && typeof data !== 'string';
  const response = await fetch(target, {
    method, signal, credentials: request.credentials ?? 'same-origin',
    headers: {
      accept: 'application/json, text/plain, */*', ...(isPlain ? { 'content-type': 'application/json' } : {}), ...(user().orgId ? { 'x-grafana-org-id': String(user().orgId) } : {}), ...headers,
    },
    ...(data === undefined || data === null || method === 'GET' ? {} : { body: isPlain ? JSON.stringify(data) : data }),
  });
  const body = responseType === 'blob' ? await response.blob() : responseType === 'arraybuffer' ? await response.arrayBuffer() : parsed(await response.text(), responseType === 'text');
  const { status, statusText, ok, redirected, type } = response;
  if (status === 401 && !again && user().isSignedIn && !/^https?:/.test(url) && await mayRenew(body)) return answerOf<T>(request, signal, true);
  const answer: FetchResponse<T> = { data: body as T, status, statusText, ok, headers: response.headers, redirected, type, url: response.url, config: request };
  if (!ok) throw { status, statusText, data: typeof body === 'object' && body !== null ? body : { message: String(body) || statusText }, config: request } satisfies FetchError;
  return answer;
}

function parsed(text: string, asText: boolean): unknown {
  if (asText) return text;
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function createBackendSrv(): BackendSrv {
  const underWay = new Map<string, AbortController>();

  function fetchOne<T>(request: BackendSrvRequest): Observable<FetchResponse<T>> {
    return new Observable<FetchResponse<T>>((subscriber) => {
      const abort = new AbortController();
      const { requestId } = request;
      // A new request under the same id takes the place of the one before it.
      if (requestId) {
        underWay.get(requestId)?.abort();
        underWay.set(requestId, abort);
      }
      request.abortSignal?.addEventListener('abort', () => abort.abort());
      answerOf<T>(request, abort.signal).then(
        (answer) => {
          subscriber.next(answer);
          subscriber.complete();
        },
        (error: unknown) => subscriber.error(abort.signal.aborted ? ({ status: -1, statusText: 'Request was aborted', cancelled: true, data: {}, config: request } satisfies FetchError) : known(error, request)),
      ).finally(() => requestId && underWay.get(requestId) === abort && underWay.delete(requestId));
      return () => abort.abort();
    });
  }

  async function request<T>(options: BackendSrvRequest): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      fetchOne<T>(options).subscribe({
        next: ({ data }) => {
          const message = (data as { message?: unknown } | null)?.message;
          if (options.showSuccessAlert && typeof message === 'string') getAppEvents().publish({ type: AppEvents.alertSuccess.name, payload: [message] });
          resolve(data);
        },
        error: (error: FetchError) => {
          if (options.showErrorAlert !== false && !error.cancelled) getAppEvents().publish({ type: AppEvents.alertError.name, payload: [error.data?.message ?? error.statusText ?? 'The request failed'] });
          reject(error);
        },
      });
    });
  }

  return {
    request,
    fetch: fetchOne,
    chunked: (options) => from(answerOf<ArrayBuffer>({ ...options, responseType: 'arraybuffer' }, new AbortController().signal)).pipe(
      mergeMap((answer) => [{ ...answer, data: new Uint8Array(answer.data) }, { ...answer, data: undefined }]),
    ),
    datasourceRequest: (options) => new Promise((resolve, reject) => { fetchOne<never>(options).subscribe({ next: resolve, error: reject }); }),
    get: (url, params, requestId, options) => request({ showErrorAlert: false, ...options, method: 'GET', url, params, ...(requestId === undefined ? {} : { requestId }) }),
    delete: (url, data, options) => request({ ...options, method: 'DELETE', url, data }),
    post: (url, data, options) => request({ ...options, method: 'POST', url, data }),
    patch: (url, data, options) => request({ ...options, method: 'PATCH', url, data }),
    put: (url, data, options) => request({ ...options, method: 'PUT', url, data }),
  };
}

const known = (error: unknown, config: BackendSrvRequest): FetchError =>
  typeof error === 'object' && error !== null && 'status' in error ? (error as FetchError) : { status: 0, statusText: 'The server cannot be reached', data: { message: 'The server cannot be reached' }, config };

