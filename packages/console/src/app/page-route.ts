import { lazy, type ComponentType } from 'react';

export interface PageRoute {
  /** In react-router's form; `/d/:uid/:slug?`. */
  readonly path: string;
  readonly page: ComponentType;
  /** Without navigation around it: login, solo panels, pages of visitors. */
  readonly bare?: boolean;
}

/** A page that is loaded when somebody goes there; modules export it as their default. */
export const page = (load: () => Promise<{ readonly default: ComponentType }>): ComponentType => lazy(load);
