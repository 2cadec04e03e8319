import { expect, test } from 'vitest';
import { onEveryDatabase } from '../../../infra/db/on-every-database.ts';
import { silentLogger } from '../../../infra/log/log.ts';
import { createQuotaService } from '../../tenancy/quotas/quota-service.ts';
import { tenancyMigrations } from '../../tenancy/tenancy-migrations.ts';
import { identityRoom } from '../identity-fixtures.ts';
import { identityMigrations } from '../identity-migrations.ts';
import { createExternalUserSync, type ExternalUser } from './external-sync.ts';

onEveryDatabase('people from elsewhere', (open, database) => {
  async function room(provisioned?: { rejectOthers: boolean }) {
    const db = await open([...identityMigrations, ...tenancyMigrations]);
    const all = identityRoom(db);
    const quotas = createQuotaService({ db, clock: all.clock, settings: { enabled: false } as never });
    const { sync } = createExternalUserSync({ ...all, quotas, log: silentLogger, provisioned });
    await all.person('admin', { isAdmin: true });
    const comes = (more: Partial<ExternalUser> = {}) => sync({
      module: 'oauth_okta', authId: 'id-1', externalUid: 'id-1', login: 'pia', email: 'pia@example.org', name: 'Pia', allowSignUp: true, lookup: { email: 'pia@example.org' }, ...more,
    });
    const outcome = (answer: Promise<unknown>) => answer.then(() => 'in', (error: { status: number; messageId: string }) => [error.status, error.messageId]);
    const provision = async (externalUid: string, module = 'oauth_okta') => {
      const user = await all.users.create({ login: 'pia', email: 'pia@example.org', isProvisioned: true });
      await all.users.linkAuth(user.id, module, 'from-scim');
      await db.tables<{ user_auth: { external_uid: string; user_id: number } }>().updateTable('user_auth').set({ external_uid: externalUid }).where('user_id', '=', user.id).execute();
    };
    return { ...all, comes, outcome, provision };
  }

  test('two people whose long ids begin alike stay two', async () => {
    const { comes } = await room();
    const long = `cn=${'x'.repeat(200)}`;
    const one = await comes({ authId: `${long},ou=a`, lookup: {} });
    const other = await comes({ authId: `${long},ou=b`, login: 'pit', email: 'pit@example.org', lookup: {} });
    expect(other.id).not.toBe(one.id);
    expect((await comes({ authId: `${long},ou=a`, lookup: {} })).id).toBe(one.id);
  }, 120_000);

  // What follows is not a matter of the database.
  if (database !== 'sqlite') return;

  test('whoever was provisioned signs in under the id that they were provisioned with', async () => {
    const { comes, outcome, provision } = await room({ rejectOthers: true });
    await provision('id-1');
    expect(await outcome(comes())).toBe('in');
    expect(await outcome(comes({ authId: 'id-2', externalUid: 'id-2' }))).toEqual([401, 'user.sync.user-externalUID-mismatch']);
    expect(await outcome(comes({ externalUid: '' }))).toEqual([401, 'user.sync.empty-externalUID']);
    expect(await outcome(comes({ module: 'oauth_gitlab' }))).toEqual([401, 'user.sync.scim-auth-module-mismatch']);
  });

  test('others are refused where the configuration says so, before an account is made', async () => {
    const strict = await room({ rejectOthers: true });
    expect(await strict.outcome(strict.comes())).toEqual([403, 'user.sync.user-not-provisioned']);
    expect(await strict.users.byLogin('pia')).toBeUndefined();
    expect(await strict.outcome(strict.comes({ module: 'oauth_grafana_com' }))).toBe('in');
    const open = await room({ rejectOthers: false });
    expect(await open.outcome(open.comes())).toBe('in');
  });

  test('without provisioning nothing of it is asked', async () => {
    const { comes, outcome, provision } = await room();
    await provision('id-9');
    expect(await outcome(comes())).toBe('in');
  });
});
