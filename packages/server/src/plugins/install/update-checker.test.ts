import { expect, test } from 'vitest';
import { silentLogger } from '../../infra/log/log.ts';
import type { Plugin } from '../plugin.ts';
import { createUpdateChecker, type UpdateCheckerDeps } from './update-checker.ts';

const aPlugin = (id: string, version: string, pluginClass: Plugin['pluginClass'] = 'external') => ({ id, pluginClass, json: { info: { version } } }) as unknown as Plugin;
const [panel, app, pinned, core] = [aPlugin('acme-panel', '1.0.0'), aPlugin('acme-app', '2.0.0'), aPlugin('acme-pinned', '1.0.0'), aPlugin('text', '1.0.0', 'core')];

async function checked(more: Partial<UpdateCheckerDeps> = {}) {
  const asked: (readonly string[])[] = [];
  const stop = new AbortController();
  const checker = createUpdateChecker({
    store: { list: () => [panel!, app!, pinned!, core!] }, pinned: new Set(['acme-pinned']), log: silentLogger,
    catalog: {
      newest: async (ids) => {
        asked.push(ids);
        return new Map([['acme-panel', '1.1.0'], ['acme-app', '2.0.0'], ['acme-pinned', '3.0.0'], ['text', '9.0.0']]);
      },
    },
    clock: {
      sleep: async () => stop.abort(),
    },
    ...more,
  });
  await checker.run(stop.signal);
  return { checker, asked };
}

test('what is newer is told of plugins that are installed and not pinned', async () => {
  const { checker, asked } = await checked();
  expect(asked).toEqual([['acme-panel', 'acme-app', 'acme-pinned']]);
  expect([panel, app, pinned, core].map((plugin) => checker.of(plugin!))).toEqual(['1.1.0', '', '', '']);
});

test('nothing is asked where nothing is installed, and an ill catalogue is survived', async () => {
  expect((await checked({ store: { list: () => [core!] } })).asked).toEqual([]);
  expect((await checked({ catalog: { newest: () => Promise.reject(new Error('ill')) } })).checker.of(panel!)).toBe('');
});

test('updates are installed where that is asked for, but for another first number', async () => {
  const installed: string[] = [];
  const installer = { install: async (id: string, version: string) => void installed.push(`${id}@${version}`) };
  const catalog = { newest: async () => new Map([['acme-panel', '1.1.0'], ['acme-app', '3.0.0']]) };
  await checked({ catalog, installs: { installer, majorToo: false } });
  expect(installed.splice(0)).toEqual(['acme-panel@1.1.0']);
  await checked({ catalog, installs: { installer, majorToo: true } });
  expect(installed).toEqual(['acme-panel@1.1.0', 'acme-app@3.0.0']);
});
