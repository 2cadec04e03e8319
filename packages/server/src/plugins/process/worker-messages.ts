/** What goes between the server and a worker that runs a TypeScript back end. Frames travel as they are: their columns are typed arrays. */
export type CallName = 'queryData' | 'checkHealth' | 'callResource' | 'collectMetrics' | 'subscribeStream' | 'publishStream' | 'runStream';

export type ToWorker =
  | { readonly kind: 'call'; readonly id: number; readonly name: CallName; readonly request: unknown }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'dispose' };

export type FromWorker =
  | { readonly kind: 'ready'; readonly offers: readonly CallName[] }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  /** A part of a streamed answer: of a resource's body, or a packet of a stream. */
  | { readonly kind: 'part'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
  | { readonly kind: 'log'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly message: string };
