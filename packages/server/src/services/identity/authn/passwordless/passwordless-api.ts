import { anyone } from '../../../../web/access.ts';
import { note } from '../../../../web/reply.ts';
import type { Routes } from '../../../../web/route.ts';
import { Type } from '../../../../web/schema.ts';
import { quotaReached, type QuotaService } from '../../../tenancy/quotas/quota.ts';
import { AuthFailure } from '../auth-failure.ts';
import type { IdentityLoader } from '../identity-loader.ts';
import { publicFailure } from '../login-api.ts';
import type { Logins } from '../login.ts';
import type { Passwordless } from './passwordless.ts';

export interface PasswordlessApiDeps {
  readonly passwordless: Passwordless;
  readonly loader: IdentityLoader;
  readonly logins: Logins;
  readonly quotas: Pick<QuotaService, 'reached'>;
  readonly subUrl: string;
}

const Start = Type.Object({ email: Type.String({ maxLength: 190 }) });
const Authenticate = Type.Object({
  code: Type.String({ maxLength: 190 }), confirmationCode: Type.String({ maxLength: 190 }), name: Type.String({ maxLength: 190 }), username: Type.String({ maxLength: 190 }),
});

/** identity-and-access §3.10 */
export function passwordlessRoutes(routes: Routes, { passwordless, loader, logins, quotas, subUrl }: PasswordlessApiDeps): void {
  const tag = 'login';
  const access = anyone('signing in');

  routes.post('/api/login/passwordless/start', { access, name: 'startPasswordlessLogin', tag, body: Start }, async ({ body, ip }) => {
    const { code } = await passwordless.start(body.email, ip);
    return { URL: `${subUrl}/login?code=${code}`, Extra: { code } };
  });

  routes.post('/api/login/passwordless/authenticate', { access, name: 'authenticatePasswordlessLogin', tag, body: Authenticate }, async (ctx) => {
    if (await quotas.reached('auth', ctx.identity)) throw quotaReached('auth');
    const { userId } = await passwordless.authenticate(ctx.body, ctx.ip);
    try {
      await loader.load(userId, 0, 'passwordless', { seen: false });
    } catch (error) {
      throw error instanceof AuthFailure ? publicFailure(error) : error;
    }
    // Before the session: two requests with the same codes must not both get one because the first was slow.
    await passwordless.finish(ctx.body.code);
    await logins.signIn(ctx, userId);
    return note('Logged in', { redirectUrl: logins.takeTarget(ctx) });
  });
}
