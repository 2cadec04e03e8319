import { locationService } from '@grafana/runtime';
import { createElement, lazy, type ComponentType } from 'react';

export interface PageRoute {
  /** In react-router's form; `/d/:uid/:slug?`. */
  readonly path: string;
  readonly page: ComponentType;
  /** Without navigation around it: login, solo panels, pages of visitors. */
  readonly bare?: boolean;
}

/** A page that is loaded when somebody goes there; modules export it as their default. What failed is tried again when they have been elsewhere. */
export function page(load: () => Promise<{ readonly default: ComponentType }>): ComponentType {
  const made = () => lazy(() => load().catch((error: unknown) => {
    const stop = locationService.getHistory().listen(() => {
      present = made();
      stop();
    });
    throw error;
  }));
  let present = made();
  return () => createElement(present);
}
