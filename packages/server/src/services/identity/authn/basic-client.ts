import type { AuthRequest } from '../../../middleware/auth.ts';
import type { AuthClient } from './auth-client.ts';
import type { IdentityLoader } from './identity-loader.ts';
import type { PasswordLogin } from './password-login.ts';

/** `Authorization: Basic …`, decoded; undefined where it is none, cannot be decoded or lacks the colon. */
export function basicCredentials(request: Pick<AuthRequest, 'headers'>): { username: string; password: string } | undefined {
  const { authorization } = request.headers;
  if (!authorization || !/^basic /i.test(authorization)) return undefined;
  const encoded = authorization.slice(6).trim();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

export function createBasicClient({ passwords, loader }: { passwords: PasswordLogin; loader: IdentityLoader }): AuthClient {
  return {
    name: 'basic', priority: 40,
    recognises(request) {
      const credentials = basicCredentials(request);
      return credentials !== undefined && credentials.username !== 'api_key';
    },
    async authenticate(request, org) {
      const { username, password } = basicCredentials(request)!;
      const { userId, module } = await passwords.verify(username, password, request.ip);
      return loader.load(userId, org, module === '' ? 'password' : module);
    },
  };
}
