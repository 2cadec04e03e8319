/** Signing in and one's own account. */
import { expect, test } from 'vitest';
import { seriousFindings } from './accessibility.ts';
import { describeConsole } from './support.ts';

describeConsole('the account in the console', { prepare: (console) => console.call('POST', '/api/admin/users', { login: 'vera', password: 'vera-secret', name: 'Vera' }) }, (console) => {
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
  });

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
  });

  test('an address of somewhere else is not followed after signing in', async () => {
    const page = await console.visit(null);
    await page.goto('/login?redirectTo=%2F%2Felsewhere.invalid%2F');
    await page.getByLabel('Email or username').fill('vera');
    await page.getByRole('textbox', { name: 'Password *' }).fill('vera-secret');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: /^Menu of/ }).waitFor();
    expect(page.url().startsWith(console.base)).toBe(true);
  });

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
  });

  test('a session whose secret must change goes on, before it is refused and after', async () => {
    console.expected(/401 \(Unauthorized\)/);
    const page = await console.visit();
    const rotated = () => page.waitForResponse((answer) => answer.url().endsWith('/api/user/auth-tokens/rotate'));
    await page.context().addCookies([{ name: 'grafana_session_expiry', value: '1', url: console.base }]);
    const early = rotated();
    await page.goto('/org/teams');
    expect((await early).status()).toBe(200);
    await page.getByText('There are no teams').or(page.getByRole('table', { name: 'Teams' })).first().waitFor();
    let refused = 0;
    await page.route('**/api/orgs?*', (route) => (refused++ === 0 ? route.fulfill({ status: 401, json: { message: 'Unauthorized', messageId: 'session.token.rotate' } }) : route.continue()));
    const late = rotated();
    await page.goto('/admin/orgs');
    expect((await late).status()).toBe(200);
    await page.getByRole('link', { name: 'Main Org.' }).waitFor();
    expect(refused).toBe(2);
    expect(console.errors()).toEqual([]);
  });

  test('a session that ends leaves what was typed on the page, and nothing else', async () => {
    console.expected(/401 \(Unauthorized\)/);
    const vera = { user: 'vera', password: 'vera-secret' };
    const page = await console.visit(vera);
    await page.goto('/profile');
    await page.getByLabel('Name', { exact: true }).fill('Vera of the garden');
    await page.context().clearCookies();
    await page.getByRole('button', { name: 'Save details' }).click();
    await page.getByText('What you typed is still on this page').waitFor();
    expect((await page.context().request.post('/login', { data: vera })).ok()).toBe(true);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Save details' }).click();
    await page.getByText('Your details are saved').waitFor();
    await page.context().clearCookies();
    await page.getByRole('link', { name: 'Dashboards', exact: true }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(new URL(page.url()).searchParams.get('redirectTo')).toBe('/dashboards');
    expect(console.errors()).toEqual([]);
  });
});
