/** Administration: people, service accounts, and what those who may not administer see. */
import { expect, test } from 'vitest';
import { type ConsoleUnderTest, describeConsole } from './support.ts';

const prepare = async (console: ConsoleUnderTest) => {
  await console.call('POST', '/api/admin/users', { login: 'vera', password: 'vera-secret', name: 'Vera' });
  await console.call('POST', '/api/teams', { name: 'Platform' });
};

describeConsole('administration in the console', { prepare }, (console) => {
  test('somebody is invited, and joins by the link', async () => {
    const page = await console.visit();
    await page.goto('/org/users');
    await page.getByRole('link', { name: 'Invite' }).click();
    await page.getByLabel('Email or username').fill('ines@example.org');
    await page.getByRole('radio', { name: 'Editor' }).click();
    await page.getByRole('button', { name: 'Invite' }).click();
    await page.getByRole('table', { name: 'Pending invitations' }).getByText('ines@example.org').waitFor();
    const { body } = await console.call('GET', '/api/org/invites');
    const guest = await console.visit(null);
    await guest.goto(`/invite/${body[0].code}`);
    await guest.getByRole('textbox', { name: 'New password *', exact: true }).fill('ines-secret');
    await guest.getByRole('textbox', { name: 'Confirm new password *' }).fill('ines-secret');
    await guest.getByRole('button', { name: 'Join' }).click();
    await guest.getByRole('button', { name: /^Menu of/ }).waitFor();
    expect((await console.call('GET', '/api/users/lookup?loginOrEmail=ines@example.org')).status).toBe(200);
    expect(console.errors()).toEqual([]);
  });

  test('a service account gets a token that works, shown once', async () => {
    const page = await console.visit();
    await page.goto('/org/serviceaccounts/create');
    await page.getByLabel('Name').fill('ci');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('button', { name: 'Add token' }).click();
    await page.getByRole('button', { name: 'Create token' }).click();
    const token = await page.getByRole('textbox', { name: 'Token' }).inputValue();
    expect(token).toMatch(/^glsa_/);
    expect((await console.call('GET', '/api/org', undefined, { auth: `Bearer ${token}` })).status).toBe(200);
    await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click();
    await page.getByRole('table', { name: 'Tokens' }).getByText('ci-1').waitFor();
    expect(await page.content()).not.toContain(token);
    expect(console.errors()).toEqual([]);
  });

  test('a member is added to a team', async () => {
    const page = await console.visit();
    await page.goto('/org/teams');
    await page.getByRole('link', { name: 'Platform' }).click();
    await page.getByRole('button', { name: 'Add member' }).click();
    await page.getByRole('combobox', { name: 'Person' }).click();
    await page.getByRole('option', { name: 'vera' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('table', { name: 'Members' }).getByText('vera').waitFor();
    expect(console.errors()).toEqual([]);
  });

  test('a viewer is offered nothing that is refused', async () => {
    const page = await console.visit({ user: 'vera', password: 'vera-secret' });
    await page.goto('/alerting/list');
    const navigation = page.getByRole('navigation', { name: 'Main' });
    await navigation.getByText('Alerting').waitFor();
    expect(await navigation.getByText('Administration').count()).toBe(0);
    expect(await navigation.getByText('Connections').count()).toBe(0);
    expect(await page.getByRole('link', { name: 'New alert rule' }).count()).toBe(0);
    await page.goto('/admin/users');
    expect(new URL(page.url()).pathname).toBe('/');
  });
});
