/** What every day asks for outside of dashboards: a playlist on the wall, keys, the trash, another organization, groups and versions of rules. */
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type ConsoleUnderTest, describeConsole } from './support.ts';

const data = [
  { refId: 'A', relativeTimeRange: { from: 600, to: 0 }, datasourceUid: 'testdata', model: { refId: 'A', scenarioId: 'random_walk' } },
  { refId: 'B', datasourceUid: '__expr__', model: { refId: 'B', type: 'reduce', expression: 'A', reducer: 'last' } },
  { refId: 'C', datasourceUid: '__expr__', model: { refId: 'C', type: 'threshold', expression: 'B', conditions: [{ evaluator: { type: 'gt', params: [1e9] } }] } },
];
const rule = (title: string) => ({ for: '0s', grafana_alert: { title, condition: 'C', no_data_state: 'NoData', exec_err_state: 'Error', data } });

async function prepare(console: ConsoleUnderTest): Promise<void> {
  for (const uid of ['one', 'two', 'gone']) {
    const panels = [{ id: 1, type: 'text', title: `Panel ${uid}`, options: { mode: 'markdown', content: uid }, gridPos: { x: 0, y: 0, w: 12, h: 8 } }];
    expect((await console.call('POST', '/api/dashboards/db', { dashboard: { uid, title: `Dashboard ${uid}`, schemaVersion: 42, panels } })).status).toBe(200);
  }
  await console.call('DELETE', '/api/dashboards/uid/gone');
  await console.call('POST', '/api/playlists', { uid: '', name: 'Wall', interval: '1h', items: [{ type: 'dashboard_by_uid', value: 'one' }, { type: 'dashboard_by_uid', value: 'two' }] });
  await console.call('POST', '/api/orgs', { name: 'Second' });
  await console.call('POST', '/api/folders', { uid: 'garden', title: 'Garden' });
  expect((await console.call('POST', '/api/ruler/grafana/api/v1/rules/garden', { name: 'minutely', interval: '1m', rules: [rule('First'), rule('Second')] })).status).toBe(202);
  await eventually('the search knows the dashboards', async () => (await console.call('GET', '/api/search?query=Dashboard&type=dash-db')).body.length === 2);
}

describeConsole('the console every day', { sample: true, prepare }, (console) => {
  test('a playlist shows its dashboards one after another, and gives the page back when it is stopped', async () => {
    const page = await console.visit();
    await page.goto('/playlists');
    await page.getByRole('button', { name: 'Start Wall' }).click();
    await page.getByRole('dialog').getByRole('radio', { name: 'Full page' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('heading', { name: 'Panel one' }).waitFor();
    expect(await page.getByRole('navigation', { name: 'Main' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Next dashboard' }).click();
    await page.getByRole('heading', { name: 'Panel two' }).waitFor();
    await page.getByRole('button', { name: 'Next dashboard' }).click();
    await page.getByRole('heading', { name: 'Panel one' }).waitFor();
    await page.getByRole('button', { name: 'Stop playlist Wall' }).click();
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    expect(await page.getByRole('region', { name: 'Playlist Wall' }).count()).toBe(0);
    expect(console.errors()).toEqual([]);
  });

  test('keys lead to pages, and a key finds a dashboard by its name', async () => {
    const page = await console.visit();
    await page.goto('/alerting/list');
    await page.getByRole('heading', { name: 'Alert rules', level: 1 }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    await page.getByRole('heading', { name: 'Dashboards', level: 1 }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Search and commands').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    const field = page.getByRole('combobox', { name: 'Search or jump to' });
    await field.fill('contact');
    await page.getByRole('option', { name: /Contact points/ }).waitFor();
    await field.fill('dashboard two');
    await page.getByRole('option', { name: 'Dashboard two' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Panel two' }).waitFor();
    await page.goto('/');
    await page.getByRole('region', { name: 'Recently viewed' }).getByRole('link', { name: 'Dashboard two' }).waitFor();
    expect(console.errors()).toEqual([]);
  });

  test('a deleted dashboard comes back', async () => {
    console.expected(/404 \(Not Found\) \(.*\/dashboard\/recently-deleted\)/);
    const page = await console.visit();
    await page.goto('/dashboard/recently-deleted');
    await page.getByRole('button', { name: 'Restore Dashboard gone' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();
    await page.getByRole('heading', { name: 'Panel gone' }).waitFor();
    expect((await console.call('GET', '/api/dashboards/uid/gone')).body.dashboard.title).toBe('Dashboard gone');
    expect(console.errors()).toEqual([]);
  });

  test('one who belongs to several organizations goes from one to the other', async () => {
    const page = await console.visit();
    await page.goto('/');
    await page.getByRole('button', { name: /^Menu of/ }).click();
    await page.getByRole('menuitem', { name: /Second/ }).click();
    await page.waitForURL('**/?orgId=2');
    await page.getByRole('button', { name: /^Menu of/ }).click();
    await page.getByText(/in Second$/).waitFor();
    await page.getByRole('menuitem', { name: /Main Org/ }).click();
    await page.waitForURL('**/?orgId=1');
    expect(console.errors()).toEqual([]);
  });

  test('a group of rules is renamed and put in another order; a rule goes back to its former version', async () => {
    const page = await console.visit();
    await page.goto('/alerting/grafana/namespaces/garden/groups/minutely/edit');
    await page.getByLabel('Name').fill('by the minute');
    await page.getByRole('button', { name: 'Move Second up' }).click();
    await page.getByRole('button', { name: 'Save group' }).click();
    await page.getByRole('heading', { name: 'by the minute', level: 1 }).waitFor();
    const rulesShown = async () => (await page.getByRole('table', { name: 'Rules' }).getByRole('link').allInnerTexts()).join(', ');
    await eventually('the new order is shown', async () => (await rulesShown()) === 'Second, First');
    await page.getByRole('link', { name: 'First' }).click();
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('Pending period').fill('2m');
    await page.getByRole('button', { name: 'Save rule' }).click();
    await page.getByRole('table', { name: 'Versions' }).getByRole('button', { name: /^Compare version/ }).first().click();
    await page.getByRole('region', { name: 'Differences' }).getByText('"for": "2m"').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('table', { name: 'Versions' }).getByRole('button', { name: 'Restore' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();
    await page.getByText('The version is back').waitFor();
    const { body } = await console.call('GET', '/api/ruler/grafana/api/v1/rules/garden');
    expect(body.Garden[0].rules.map((node: { for: string; grafana_alert: { title: string } }) => [node.grafana_alert.title, node.for])).toEqual([['Second', '0s'], ['First', '0s']]);
    expect(console.errors()).toEqual([]);
  });

  test('two panes of Explore are asked each by itself, and a short link leads to both', async () => {
    const page = await console.visit();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const pane = (query: object) => ({ datasource: 'testdata', queries: [{ refId: 'A', ...query }], range: { from: 'now-1h', to: 'now' } });
    await page.goto(`/explore?schemaVersion=1&panes=${encodeURIComponent(JSON.stringify({ abc: pane({ scenarioId: 'random_walk' }), def: pane({ scenarioId: 'logs', lines: 5 }) }))}`);
    const both = async () => {
      await page.getByRole('region', { name: 'Graph' }).locator('.uplot').waitFor();
      await page.getByRole('region', { name: 'Log lines' }).waitFor();
    };
    await both();
    await page.getByRole('button', { name: 'Share' }).click();
    await page.getByRole('menuitem', { name: 'Copy short link', exact: true }).click();
    await page.getByText('The link is copied').waitFor();
    const link = new URL(await page.evaluate<string>('navigator.clipboard.readText()'));
    expect(link.pathname).toMatch(/^\/goto\//);
    // It leads to the server's public address, which need not be the one of the test.
    const { location = '' } = (await page.request.get(link.pathname + link.search, { maxRedirects: 0 })).headers();
    const { pathname, search } = new URL(location);
    await page.goto(pathname + search);
    await both();
    expect(console.errors()).toEqual([]);
  });
});
