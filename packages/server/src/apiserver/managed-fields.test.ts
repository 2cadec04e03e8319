import { expect, test } from 'vitest';
import { afterUpdate, applyConfig, type Writer } from './managed-fields.ts';

const by = (manager: string): Writer => ({ manager, apiVersion: 'v1', time: '2026-01-01T00:00:00Z', structs: new Set(['metadata', 'spec']) });

test('a writer owns what he changed, and takes it from others', () => {
  const before = { spec: { title: 'a', interval: '5m' } };
  const first = afterUpdate([], before, {}, by('one'));
  expect(first).toMatchObject([{ manager: 'one', fieldsV1: { 'f:spec': { 'f:interval': {}, 'f:title': {} } } }]);
  const second = afterUpdate(first, { spec: { title: 'b', interval: '5m' } }, before, by('two'));
  expect(second.map(({ manager, fieldsV1 }) => [manager, fieldsV1])).toEqual([
    ['one', { 'f:spec': { 'f:interval': {} } }], ['two', { 'f:spec': { 'f:title': {} } }],
  ]);
});

test('an apply conflicts with another owner, and wins by force', () => {
  const live = { spec: { title: 'a', items: [] } };
  const { managedFields } = applyConfig([], live, {}, by('one'), false);
  const refused = applyConfig(managedFields, { spec: { title: 'b' } }, live, by('two'), false);
  expect(refused.conflicts).toEqual([{ manager: 'one', path: '.spec.title' }]);
  const forced = applyConfig(managedFields, { spec: { title: 'b' } }, live, by('two'), true);
  expect(forced.object).toEqual({ spec: { title: 'b', items: [] } });
  expect(forced.managedFields.map(({ manager, fieldsV1 }) => [manager, fieldsV1])).toEqual([
    ['one', { 'f:spec': { 'f:items': {} } }], ['two', { 'f:spec': { 'f:title': {} } }],
  ]);
});

test('what an applier no longer mentions goes, unless somebody else owns it', () => {
  const config = { spec: { title: 'a', note: 'n' } };
  const { object, managedFields } = applyConfig([], config, {}, by('one'), false);
  expect(applyConfig(managedFields, { spec: { title: 'a' } }, object, by('one'), false).object).toEqual({ spec: { title: 'a' } });
  const shared = applyConfig(managedFields, { spec: { note: 'n' } }, object, by('two'), false);
  expect(applyConfig(shared.managedFields, { spec: { title: 'a' } }, shared.object, by('one'), false).object).toEqual(config);
});
