import { expect, test } from 'vitest';
import { afterUpdate, applyConfig, listedMetadata, ownedMetadata, type Writer } from './managed-fields.ts';

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
  expect(refused.conflicts).toMatchObject([{ manager: 'one', path: '.spec.title' }]);
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

test('items of metadata have owners of their own', () => {
  const owner = (uid: string) => ({ apiVersion: 'v1', kind: 'K', name: 'n', uid });
  const first = applyConfig([], { metadata: ownedMetadata({ finalizers: ['a/1'], ownerReferences: [owner('u1')] }) }, { metadata: {} }, by('one'), false);
  expect(first.managedFields[0]!.fieldsV1).toEqual({ 'f:metadata': { 'f:finalizers': { '.': {}, 'v:"a/1"': {} }, 'f:ownerReferences': { '.': {}, 'k:{"uid":"u1"}': {} } } });
  const second = applyConfig(first.managedFields, { metadata: ownedMetadata({ finalizers: ['a/2'] }) }, first.object, by('two'), false);
  expect(listedMetadata(second.object['metadata'] as object as Record<string, unknown>)).toEqual({ finalizers: ['a/1', 'a/2'], ownerReferences: [owner('u1')] });
  // Each takes away only what is his.
  const third = applyConfig(second.managedFields, {}, second.object, by('one'), false);
  expect(listedMetadata(third.object['metadata'] as Record<string, unknown>)).toEqual({ finalizers: ['a/2'] });
});

test('force takes fields whose names have dots', () => {
  const live = { metadata: { labels: { 'example.com/floor': 'one' } } };
  const { managedFields } = applyConfig([], live, {}, by('one'), false);
  const forced = applyConfig(managedFields, { metadata: { labels: { 'example.com/floor': 'two' } } }, live, by('two'), true);
  expect(forced.conflicts).toMatchObject([{ path: '.metadata.labels.example.com/floor' }]);
  expect(forced.managedFields.map(({ manager, fieldsV1 }) => [manager, fieldsV1])).toEqual([
    ['one', { 'f:metadata': { 'f:labels': {} } }], ['two', { 'f:metadata': { 'f:labels': { '.': {}, 'f:example.com/floor': {} } } }],
  ]);
});
