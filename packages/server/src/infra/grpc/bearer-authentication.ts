/** Who may call services of the server: service accounts with the role Admin (apiserver-and-storage §8.3). */
import type { Identity } from '../../web/identity.ts';
import { GrpcError, grpcCode, type GrpcCall } from './grpc-service.ts';

const prefix = 'Bearer ';
const refused = (message: string) => new GrpcError(grpcCode.unauthenticated, message);

/** `identify` answers undefined for a token that is none. */
export function bearerAuthentication(identify: (token: string) => Promise<Identity | undefined>): (call: GrpcCall) => Promise<void> {
  return async (call) => {
    if (!call.hasHeaders) throw refused('no headers in request');
    const [value, ...more] = call.headers('authorization');
    if (value === undefined) throw refused('no "authorization" header in request');
    if (more.length > 0) throw refused('malformed "authorization" header: one value required');
    if (!value.startsWith(prefix)) throw refused('missing "Bearer " prefix in "authorization" value');
    const token = value.slice(prefix.length);
    if (token === '') throw refused('token required');
    const identity = await identify(token);
    if (identity?.kind !== 'service-account' || identity.isDisabled || identity.orgRole !== 'Admin') throw refused('invalid token');
  };
}
