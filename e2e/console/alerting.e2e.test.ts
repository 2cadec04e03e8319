/** Alert rules from their making to their silence. */
import { expect, test } from 'vitest';
import { seriousFindings } from './accessibility.ts';
import { type ConsoleUnderTest, describeConsole } from './support.ts';

const prepare = (console: ConsoleUnderTest) => console.call('POST', '/api/datasources', { name: 'TestData', uid: 'testdata', type: 'grafana-testdata-datasource', access: 'proxy', isDefault: true });

describeConsole('alerting in the console', { env: { GF_UNIFIED_ALERTING_ALERTMANAGER_CONFIG_POLL_INTERVAL: '2s' }, prepare }, (console) => {
  test('a rule is made, previewed, fires, and is silenced', async () => {
    const page = await console.visit();
    await page.goto('/alerting/new');
    await page.getByRole('textbox', { name: 'Name *' }).fill('Too warm');
    await page.getByRole('button', { name: 'Save rule' }).click();
    await page.getByText('Choose where the rule is kept').first().waitFor();
    await page.getByRole('spinbutton', { name: 'Value' }).fill('-1000');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('table', { name: 'Preview' }).getByText('Would alert').waitFor();
    await page.getByRole('combobox', { name: 'Folder' }).fill('Garden');
    await page.getByRole('option', { name: /Garden/ }).click();
    await page.getByRole('combobox', { name: 'Group' }).fill('minutely');
    await page.getByRole('option', { name: /minutely/ }).click();
    await page.getByLabel('Evaluated every').fill('10s');
    await page.getByLabel('Pending period').fill('0s');
    await page.getByLabel('Summary').fill('It is warm');
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save rule' }).click();
    await page.getByRole('heading', { name: 'Too warm', level: 1 }).waitFor();
    await page.getByText('Firing', { exact: true }).first().waitFor();
    await page.getByRole('table', { name: 'Instances' }).getByText('alertname=Too warm').waitFor();
    await console.screenshot(page, 'alert-rule');
    await page.getByRole('link', { name: 'Silence', exact: true }).click();
    await page.getByRole('table', { name: 'Matched alerts' }).getByText('alertname=Too warm').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByLabel('Comment').fill('Summer');
    await page.getByRole('button', { name: 'Silence', exact: true }).click();
    await page.getByRole('table', { name: 'Silences' }).getByText('Rule: Too warm').waitFor();
    const { body } = await console.call('GET', '/api/alertmanager/grafana/api/v2/alerts');
    expect(body.map(({ status }: { status: { state: string } }) => status.state)).toEqual(['suppressed']);
    await page.goto('/alerting/list?state=firing');
    await page.getByRole('link', { name: 'Too warm', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Pause Too warm' }).click();
    await page.getByRole('button', { name: 'Resume Too warm' }).or(page.getByText('No rule matches')).first().waitFor();
    expect(console.errors()).toEqual([]);
  });

  test('a contact point is made, and a policy that leads to it', async () => {
    const page = await console.visit();
    await page.goto('/alerting/notifications/receivers/new');
    await page.getByRole('textbox', { name: 'Name *' }).fill('Hook');
    await page.getByRole('combobox', { name: 'Integration' }).fill('Webhook');
    await page.getByRole('option', { name: /^Webhook/ }).click();
    await page.getByRole('textbox', { name: 'URL *' }).fill('grafana://noop');
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('The test notification is sent').waitFor();
    await page.getByRole('button', { name: 'Save contact point' }).click();
    await page.getByRole('table', { name: 'Contact points' }).getByText('Hook', { exact: true }).waitFor();
    await page.goto('/alerting/routes');
    await page.getByRole('button', { name: 'Add nested to Default policy' }).click();
    await page.getByLabel('Label 1').fill('team');
    await page.getByLabel('Value 1').fill('garden');
    await page.getByRole('dialog').getByRole('combobox', { name: 'Contact point' }).click();
    await page.getByRole('option', { name: /Hook/ }).click();
    await page.getByRole('button', { name: 'Save policy' }).click();
    await page.getByRole('region', { name: 'team="garden"' }).getByText('to Hook').waitFor();
    expect(console.errors()).toEqual([]);
  });
});
