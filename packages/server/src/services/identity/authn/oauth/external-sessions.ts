/** The provider's tokens behind a session (identity-and-access §3.6), encrypted. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../../../infra/clock.ts';
import type { Database } from '../../../../infra/db/database.ts';
import type { Secrets } from '../../../../infra/secrets/secrets.ts';
import type { Tokens } from './provider-http.ts';

interface Tables {
  user_external_session: {
    id: number; user_id: number; user_auth_id: number; auth_module: string; access_token: string; id_token: string; refresh_token: string; session_id: string;
    session_id_hash: string; name_id: string; name_id_hash: string; expires_at: number; created_at: number;
  };
}

export interface ExternalSession {
  readonly id: number;
  readonly userId: number;
  readonly module: string;
  readonly tokens: Tokens;
}

export function createExternalSessions({ db, clock, secrets }: { db: Database; clock: Clock; secrets: Secrets }) {
  const rows = () => db.tables<Tables>();
  const hide = async (text: string) => (text === '' ? '' : secrets.encryptText(text));
  const show = async (text: string) => (text === '' ? '' : secrets.decryptText(text));
  const hash = (text: string) => (text === '' ? '' : createHash('sha256').update(text).digest('base64').replace(/=+$/, ''));
  return {
    async create(userId: number, authLinkId: number, module: string, tokens: Tokens, providerSessionId: string): Promise<number> {
      return db.insertReturningId('user_external_session', {
        user_id: userId, user_auth_id: authLinkId, auth_module: module, access_token: await hide(tokens.accessToken), id_token: await hide(tokens.idToken),
        refresh_token: await hide(tokens.refreshToken), session_id: await hide(providerSessionId), session_id_hash: hash(providerSessionId), name_id: '', name_id_hash: '',
        expires_at: tokens.expiresAt, created_at: clock.now(),
      });
    },
    async get(id: number): Promise<ExternalSession | undefined> {
      const row = await rows().selectFrom('user_external_session').selectAll().where('id', '=', id).executeTakeFirst();
      return row && {
        id: Number(row.id), userId: Number(row.user_id), module: row.auth_module,
        tokens: {
          accessToken: await show(row.access_token), idToken: await show(row.id_token), refreshToken: await show(row.refresh_token), tokenType: 'Bearer',
          expiresAt: Number(row.expires_at),
        },
      };
    },
    async update(id: number, tokens: Tokens): Promise<void> {
      await rows().updateTable('user_external_session').set({
        access_token: await hide(tokens.accessToken), id_token: await hide(tokens.idToken), refresh_token: await hide(tokens.refreshToken), expires_at: tokens.expiresAt,
      }).where('id', '=', id).execute();
    },
  };
}

export type ExternalSessions = ReturnType<typeof createExternalSessions>;
