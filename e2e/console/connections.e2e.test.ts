/** Data sources and plugins. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seriousFindings } from './accessibility.ts';
import { describeConsole } from './support.ts';

const provisioning = { 'datasources/given.yaml': 'apiVersion: 1\ndatasources:\n  - name: Given\n    uid: given\n    type: grafana-testdata-datasource\n    access: proxy\n' };

describeConsole('connections in the console', { provisioning }, (console) => {
  let prometheus: Server;
  beforeAll(() => {
    prometheus = createServer((_, answer) => answer.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}')).listen(0, '127.0.0.1');
  });
  afterAll(() => prometheus?.close());

  test('a data source is added, set up, tested, and deleted', async () => {
    console.expected(/40[04] \(/);
    const page = await console.visit();
    await page.goto('/connections/datasources/new');
    await page.getByRole('textbox', { name: 'Search types of data sources' }).fill('prometheus');
    await page.getByRole('button', { name: 'Prometheus' }).click();
    await page.getByLabel('URL').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByLabel('URL').fill('http://127.0.0.1:1');
    await page.getByRole('button', { name: 'Save & test' }).click();
    await page.getByRole('status').getByRole('alert').first().waitFor();
    await page.getByLabel('URL').fill(`http://127.0.0.1:${(prometheus.address() as AddressInfo).port}`);
    await page.getByRole('button', { name: 'Save & test' }).click();
    await page.getByText('Successfully queried the Prometheus API').waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'Data sources' }).waitFor();
    await page.getByRole('link', { name: 'Given', exact: true }).waitFor();
    expect(await page.getByRole('link', { name: 'prometheus', exact: true }).count()).toBe(0);
    expect(console.errors()).toEqual([]);
  });

  test('a provisioned source can be tested, not changed', async () => {
    const page = await console.visit();
    await page.goto('/connections/datasources/edit/given');
    await page.getByText('This data source is provisioned').waitFor();
    expect(await page.getByLabel('Name').isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Delete' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('Data source is working').waitFor();
    expect(console.errors()).toEqual([]);
  });
});
