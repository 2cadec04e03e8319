import { createElement, lazy, useState, type ComponentType } from 'react';
import { subPath } from '../host/boot-data.ts';

export interface PageRoute {
  /** In react-router's form; `/d/:uid/:slug?`. */
  readonly path: string;
  readonly page: ComponentType;
  /** Without navigation around it: login, solo panels, pages of visitors. */
  readonly bare?: boolean;
}

/** A page that is loaded when somebody goes there; modules export it as their default. What failed is tried again at the next visit. */
export function page(load: () => Promise<{ readonly default: ComponentType }>): ComponentType {
  const made = () => lazy(() => load().catch((error: unknown) => {
    present = made();
    return afresh(error);
  }));
  let present = made();
  // biome-ignore lint/correctness/noComponentHookFactories: once a page, when the routes are read
  return function PageOfRoute() {
    const [Present] = useState(() => present);
    return createElement(Present);
  };
}

const reloadedKey = 'belvedere.console.reloaded';
const reloadEveryMs = 60_000;

/** A server that was updated has no files of the former build: the application begins anew at this address, but not over and over. */
async function afresh(error: unknown): Promise<never> {
  if (!await fetch(`${subPath()}/api/health`).then(() => true, () => false)) throw new Error('The server cannot be reached');
  if (Date.now() - Number(sessionStorage.getItem(reloadedKey) ?? 0) < reloadEveryMs) throw error;
  sessionStorage.setItem(reloadedKey, String(Date.now()));
  location.reload();
  return new Promise<never>(() => undefined);
}
