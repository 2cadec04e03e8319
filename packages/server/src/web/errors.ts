/**
 * The errors that answers are made of (identity-and-access §1.4). A domain declares its catalogue once with `defineErrors`
 * and throws its members; `web/error-reply.ts` is the one place that turns them into JSON.
 */

/** How the reference renders the error. */
export type ErrorShape =
  /** `{"message": "…"}`, with the members of `extra` beside it. */
  | 'legacy'
  /** `{"statusCode", "messageId", "message", "extra"?}`: the reference's errutil errors. */
  | 'public';

export interface ApiErrorOptions {
  readonly messageId?: string;
  readonly shape?: ErrorShape;
  /** `legacy`: further members of the body. `public`: the member `extra`. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** An answer that is not a success. `message` is public: never put a secret or an upstream's text with credentials in it. */
export class ApiError extends Error {
  readonly status: number;
  readonly messageId: string;
  readonly shape: ErrorShape;
  readonly extra: Readonly<Record<string, unknown>> | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;

  constructor(status: number, message: string, options: ApiErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'ApiError';
    this.status = status;
    this.messageId = options.messageId ?? '';
    this.shape = options.shape ?? (options.messageId ? 'public' : 'legacy');
    this.extra = options.extra;
    this.headers = options.headers;
  }
}

type ErrorRow = readonly [status: number, message: string, messageId?: string];
type ErrorMaker = (options?: ApiErrorOptions & { message?: string }) => ApiError;

const declared: { domain: string; name: string; status: number; message: string; messageId: string }[] = [];

/**
 * Declares a domain's errors: `{ notFound: [404, 'Playlist not found'], … }`. A third column makes the error a `public` one
 * with that messageId. Returns makers: `throw playlistErrors.notFound()`.
 */
export function defineErrors<K extends string>(domain: string, rows: Record<K, ErrorRow>): Record<K, ErrorMaker> {
  const makers = {} as Record<K, ErrorMaker>;
  for (const name of Object.keys(rows) as K[]) {
    const [status, message, messageId = ''] = rows[name];
    declared.push({ domain, name, status, message, messageId });
    makers[name] = (options = {}) => new ApiError(status, options.message ?? message, { messageId, ...options });
  }
  return makers;
}

/** Every error declared so far, for the manual (`docs/errors.md`) and its test. */
export const declaredErrors = () => declared.toSorted((a, b) => a.domain.localeCompare(b.domain) || a.name.localeCompare(b.name));

export const badRequest = (message = 'bad request data', cause?: unknown) => new ApiError(400, message, { cause });
export const notFound = (message = 'Not found') => new ApiError(404, message);
