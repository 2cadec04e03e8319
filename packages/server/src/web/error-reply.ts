/** The one place where errors become the reference's JSON (identity-and-access §1.4). */
import { isTooLargeForDatabase, isUnstorableText } from '../infra/db/database-errors.ts';
import { ApiError } from './errors.ts';
import { BindError } from './bind.ts';
import { json, type Reply } from './reply.ts';

/** What a request that failed for a reason of our own is told; the cause goes to the log only. */
export const defaultUserFacingError = 'please inspect Grafana server log for details';

export function errorReply(error: unknown, userFacingDefault: string = defaultUserFacingError): Reply {
  if (error instanceof BindError || isUnstorableText(error) || isTooDeep(error)) return json({ message: 'bad request data' }, 400);
  if (isTooLargeForDatabase(error)) return json({ message: 'Request body too large' }, 413);
  if (!(error instanceof ApiError)) {
    return json({ message: `Internal Server Error - ${userFacingDefault}`, error: 'Server Error' }, 500);
  }
  const reply = error.shape === 'public' ? publicError(error) : json({ message: error.message, ...error.extra }, error.status);
  return error.headers ? reply.with({ ...error.headers }) : reply;
}

/** Nested so deep that nobody can follow; the body is to blame. */
const isTooDeep = (error: unknown) => error instanceof RangeError && error.message.includes('call stack');

function publicError(error: ApiError): Reply {
  const body: Record<string, unknown> = { statusCode: error.status, messageId: error.messageId, message: error.message };
  if (error.extra && Object.keys(error.extra).length > 0) body['extra'] = error.extra;
  return json(body, error.status);
}
