/** Requests of the console's own pages: an answer or an error that says in words what went wrong. The server's public API only. */
import { getBackendSrv, isFetchError } from '@grafana/runtime';
import { useCallback, useEffect, useState } from 'react';

const quiet = { showErrorAlert: false, showSuccessAlert: false } as const;

export const api = {
  get: <T>(url: string, params?: Record<string, unknown>) => getBackendSrv().get<T>(url, params, undefined, quiet),
  post: <T>(url: string, data?: unknown) => getBackendSrv().post<T>(url, data ?? {}, quiet),
  put: <T>(url: string, data?: unknown) => getBackendSrv().put<T>(url, data ?? {}, quiet),
  patch: <T>(url: string, data?: unknown) => getBackendSrv().patch<T>(url, data ?? {}, quiet),
  delete: <T>(url: string, data?: unknown) => getBackendSrv().delete<T>(url, data, quiet),
};

/** What to tell a person about a failed request. */
export function errorText(error: unknown): string {
  if (isFetchError(error)) {
    const { message, error: detail } = (error.data ?? {}) as { message?: string; error?: string };
    return message || detail || error.statusText || `The server answered ${error.status}`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** For loaders that look for one thing among many. */
export class NotThere extends Error {}

const isMissing = (error: unknown): boolean => error instanceof NotThere || (isFetchError(error) && error.status === 404);

export interface Loaded<T> {
  readonly value?: T;
  readonly error?: string;
  /** The error is that there is no such thing (any more): asking again does not help. */
  readonly missing?: boolean;
  readonly loading: boolean;
  /** Asks again; what was there stays visible meanwhile. */
  readonly reload: () => void;
}

/** Loads when the key changes. An answer that comes after the key has changed again is dropped. */
export function useLoaded<T>(load: () => Promise<T>, key: string): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'>>({ loading: true });
  const [turn, setTurn] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for what `load` closes over
  useEffect(() => {
    let dropped = false;
    setState(({ value }) => ({ loading: true, ...(value === undefined ? {} : { value }) }));
    load().then(
      (value) => !dropped && setState({ value, loading: false }),
      (error: unknown) => !dropped && setState(({ value }) => ({ error: errorText(error), missing: isMissing(error), loading: false, ...(value === undefined ? {} : { value }) })),
    );
    return () => {
      dropped = true;
    };
  }, [key, turn]);
  const reload = useCallback(() => setTurn((n) => n + 1), []);
  return { ...state, reload };
}
