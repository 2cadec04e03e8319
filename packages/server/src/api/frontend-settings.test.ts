import { expect, test } from 'vitest';
import { staticContext } from './frontend-settings.ts';

test('pairs that go along with every report of the frontend; what is no pair is left out', () => {
  expect(staticContext('grafanaInstance=12,os = linux ,nonsense,a=b=c')).toEqual({ _static_context_grafanaInstance: '12', _static_context_os: 'linux' });
  expect(staticContext('')).toEqual({});
});
