import { locationService } from '@grafana/runtime';
import { createElement, lazy, type ComponentType } from 'react';

export interface PageRoute {
  /** In react-router's form; `/d/:uid/:slug?`. */
  readonly path: string;
  readonly page: Page;
  /** Without navigation around it: login, solo panels, pages of visitors. */
  readonly bare?: boolean;
}

export type Page = ComponentType & {
  /** For the page that is shown first, before anything is: React holds back for a while what comes after a "Loading". */
  readonly ready?: () => Promise<void>;
};

/** A page that is loaded when somebody goes there; modules export it as their default. What failed is tried again when they have been elsewhere. */
export function page(load: () => Promise<{ readonly default: ComponentType }>): Page {
  let first: ComponentType | undefined;
  const made = () => lazy(() => load().catch((error: unknown) => {
    const stop = locationService.getHistory().listen(() => {
      present = made();
      stop();
    });
    throw error;
  }));
  let present = made();
  return Object.assign(() => createElement(first ?? present), {
    // A page that cannot be loaded says so once it is shown.
    ready: () => load().then((module) => { first = module.default; }, () => {}),
  });
}
