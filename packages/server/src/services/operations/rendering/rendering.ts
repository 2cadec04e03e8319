/** Pictures of pages, made by an image renderer beside the server (config-and-operations §15). */
import type { OrgRole } from '../../../web/identity.ts';

export interface RenderRequest {
  /** Below the root, with its query, as it was asked for. */
  readonly path: string;
  readonly encoding: 'png' | 'pdf';
  /** Pixels; height -1: all of the page. */
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  readonly timeoutMs: number;
  readonly timezone: string;
  readonly acceptLanguage: string;
  /** In whose name the renderer opens the page; user 0: nobody in particular. */
  readonly person: { readonly orgId: number; readonly userId: number; readonly orgRole: OrgRole };
}

export type Rendered =
  | { readonly kind: 'done'; readonly body: Buffer }
  /** No renderer is set up, or this one cannot do what is asked. */
  | { readonly kind: 'missing' }
  /** As many as may be are being made. */
  | { readonly kind: 'limit' }
  /** The renderer has too much to do. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'timeout' }
  /** The log says why. */
  | { readonly kind: 'failed' };

export interface RenderingService {
  readonly available: boolean;
  /** What the renderer calls itself; '' as long as it has not said. */
  readonly version: string;
  /** Never rejects, unless `signal` aborts. */
  render(request: RenderRequest, signal: AbortSignal): Promise<Rendered>;
}
