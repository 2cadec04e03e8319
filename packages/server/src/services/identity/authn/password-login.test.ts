import { expect, test } from 'vitest';
import { onEveryDatabase } from '../../../infra/db/on-every-database.ts';
import { tenancyMigrations } from '../../tenancy/tenancy-migrations.ts';
import { identityRoom, movableClock } from '../identity-fixtures.ts';
import { identityMigrations } from '../identity-migrations.ts';
import { passwordFits } from '../users/password.ts';
import { createLoginAttempts } from './login-attempts.ts';
import { createPasswordLogin } from './password-login.ts';

const protection = { bruteForceProtection: true, bruteForceMaxAttempts: 5, usernameLoginProtection: true, ipAddressLoginProtection: true };

onEveryDatabase('signing in with a password', (open, database) => {
  async function room(settings: Partial<typeof protection> = {}) {
    const db = await open([...identityMigrations, ...tenancyMigrations]);
    const all = identityRoom(db);
    const { users, epoch, clock } = all;
    await users.create({ login: 'bob', email: 'bob@example.org', password: 'bobs-password' });
    await users.create({ login: 'elsewhere', email: 'elsewhere@example.org' });
    let verified = 0;
    const counting = { ...users, verifyPassword: (...given: Parameters<typeof users.verifyPassword>) => (verified++, users.verifyPassword(...given)) };
    const attempts = createLoginAttempts({ db, clock, settings: { ...protection, ...settings } });
    const passwords = createPasswordLogin({ users: counting, attempts, epoch, clock, localPasswords: true });
    const enter = (name: string, password: string, ip = '10.0.0.1') => passwords.verify(name, password, ip).then(() => 'in', (error: { messageId: string }) => error.messageId);
    return { ...all, attempts, enter, verified: () => verified };
  }

  test('attempts are counted by name in any case and by address, for five minutes, until they are reset', async () => {
    const db = await open(identityMigrations);
    const clock = movableClock();
    const attempts = createLoginAttempts({ db, clock, settings: { ...protection, bruteForceMaxAttempts: 2 } });
    const blocked = () => Promise.all([attempts.blockedByName('BOB'), attempts.blockedByName('other'), attempts.blockedByIp('10.0.0.1'), attempts.blockedByIp('10.0.0.2')]);
    await attempts.record('Bob', '10.0.0.1');
    expect(await blocked()).toEqual([false, false, false, false]);
    await attempts.record('bob', '10.0.0.1');
    expect(await blocked()).toEqual([true, false, true, false]);
    clock.ms += 301_000;
    await attempts.tidy();
    expect(await blocked()).toEqual([false, false, false, false]);
    clock.ms -= 301_000;
    await attempts.reset('BOB');
    expect(await blocked()).toEqual([false, false, false, false]);
  }, 120_000);

  // What follows is not a matter of the database.
  if (database !== 'sqlite') return;

  test('five failures block a name for five minutes, in any case and whether it exists or not, also for who was in before', async () => {
    const { enter, clock, attempts } = await room({ ipAddressLoginProtection: false });
    for (const name of ['bob', 'nobody']) {
      if (name === 'bob') expect(await enter('bob', 'bobs-password')).toBe('in');
      for (let i = 0; i < 5; i++) expect(await enter(i % 2 ? name : name.toUpperCase(), `wrong-${i}`, `10.0.1.${i}`)).toBe('password-auth.failed');
      expect(await enter(name, 'bobs-password', '10.0.2.1')).toBe('password-auth.failed');
    }
    expect(await attempts.blockedByName('BOB')).toBe(true);
    clock.ms += 299_000;
    expect(await enter('bob', 'bobs-password')).toBe('password-auth.failed');
    clock.ms += 2_000;
    expect(await enter('bob', 'bobs-password')).toBe('in');
    await attempts.tidy();
    expect(await attempts.blockedByName('bob')).toBe(false);
  });

  test('nobody, a wrong password and an account without one cost the same, and are told the same', async () => {
    const { enter, verified } = await room();
    for (const name of ['nobody', 'bob', 'bob@example.org', 'elsewhere']) {
      const before = verified();
      expect(await enter(name, 'wrong')).toBe('password-auth.failed');
      expect(verified() - before).toBe(1);
    }
    // An account without a password has none, not even an empty one.
    expect(await passwordFits('', '', '')).toBe(false);
  });

  test('a success does not clear what was counted; a reset does; an empty password counts for nothing', async () => {
    const { enter, attempts } = await room({ ipAddressLoginProtection: false });
    for (let i = 0; i < 10; i++) expect(await enter('bob', '')).toBe('password-auth.failed');
    for (let i = 0; i < 4; i++) await enter('bob', `wrong-${i}`);
    expect(await enter('bob', 'bobs-password')).toBe('in');
    await enter('bob', 'wrong-4');
    expect(await enter('bob', 'bobs-password')).toBe('password-auth.failed');
    await attempts.reset('Bob');
    expect(await enter('bob', 'bobs-password')).toBe('in');
  });

  test('five failures from one address block it, whatever the names; others go on', async () => {
    const { enter } = await room({ usernameLoginProtection: false });
    for (let i = 0; i < 5; i++) expect(await enter(`guess-${i}`, 'wrong', '10.0.0.9')).toBe('password-auth.failed');
    expect(await enter('bob', 'bobs-password', '10.0.0.9')).toBe('passwordless.invalid.login-attempt');
    expect(await enter('bob', 'bobs-password', '10.0.0.8')).toBe('in');
  });

  test('nothing is counted where the protection is off', async () => {
    const { enter } = await room({ bruteForceProtection: false });
    for (let i = 0; i < 7; i++) await enter('bob', 'wrong');
    expect(await enter('bob', 'bobs-password')).toBe('in');
  });
});
