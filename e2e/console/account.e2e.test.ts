/** Signing in and one's own account. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromiumBinary, describeWith } from '../support/services.ts';
import { seriousFindings } from './accessibility.ts';
import { type ConsoleUnderTest, startConsole } from './support.ts';

describeWith('Chromium', chromiumBinary, 'the account in the console', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole();
    await console.call('POST', '/api/admin/users', { login: 'vera', password: 'vera-secret', name: 'Vera' });
  }, 600_000);
  afterAll(() => console?.end());

  test('a wrong password is refused in words, the right one leads to where one wanted to go', async () => {
    console.expected(/401 \(Unauthorized\)/);
    const page = await console.visit(null);
    await page.goto('/profile');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByLabel('Email or username').fill('vera');
    await page.getByRole('textbox', { name: 'Password *' }).fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Invalid username or password').waitFor();
    await page.getByRole('textbox', { name: 'Password *' }).fill('vera-secret');
    await page.getByRole('textbox', { name: 'Password *' }).press('Enter');
    await page.getByRole('heading', { name: 'Profile', level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/profile');
    expect(console.errors()).toEqual([]);
  }, 60_000);

  test('who signs in with the first password is asked for another one, and may keep it', async () => {
    const page = await console.visit(null);
    await page.goto('/login?redirectTo=%2Fprofile');
    await page.getByLabel('Email or username').fill('admin');
    await page.getByRole('textbox', { name: 'Password *' }).fill('admin');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Choose a new password' }).waitFor();
    await page.getByRole('button', { name: 'Skip' }).click();
    await page.getByRole('heading', { name: 'Profile', level: 1 }).waitFor();
    expect(console.errors()).toEqual([]);
  }, 60_000);

  test('an address of somewhere else is not followed after signing in', async () => {
    const page = await console.visit(null);
    await page.goto('/login?redirectTo=%2F%2Felsewhere.invalid%2F');
    await page.getByLabel('Email or username').fill('vera');
    await page.getByRole('textbox', { name: 'Password *' }).fill('vera-secret');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: /^Menu of/ }).waitFor();
    expect(page.url().startsWith(console.base)).toBe(true);
  }, 60_000);

  test('preferences change how the page looks', async () => {
    const page = await console.visit({ user: 'vera', password: 'vera-secret' });
    await page.goto('/profile');
    expect(await page.locator('body.theme-dark').count()).toBe(1);
    await page.getByRole('combobox', { name: 'Theme' }).click();
    await page.getByRole('option', { name: 'Light' }).click();
    await page.getByRole('button', { name: 'Save preferences' }).click();
    await page.locator('body.theme-light').waitFor();
    await page.getByRole('table', { name: 'Sessions' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await console.screenshot(page, 'profile-light');
    expect(console.errors()).toEqual([]);
  }, 60_000);
});
