/** `[grafana-apiserver] storage_type = unified-grpc` (apiserver-and-storage §1.4, §8.2): what the client of a storage server says when that fails. */
import { ApiError, defineErrors } from '../../web/errors.ts';

export const storageClientErrors = defineErrors('storage-client', {
  unreachable: [503, 'The storage server cannot be reached'],
  refused: [503, 'The storage server does not let this server in'],
  failed: [502, 'The storage server failed'],
  tooLarge: [413, 'The object is larger than the storage server takes'],
});

/** Refusals that are an answer to whoever asked; others are between the servers. */
const passedOn: ReadonlySet<number> = new Set([400, 403, 404, 409, 410, 412, 413, 422, 429]);

export interface StorageRefusal {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

export function errorOf({ code, message }: StorageRefusal): ApiError {
  if (passedOn.has(code)) return new ApiError(code, message);
  return code === 401 ? storageClientErrors.refused({ cause: message }) : storageClientErrors.failed({ cause: message });
}
