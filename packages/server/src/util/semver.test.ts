import { expect, test } from 'vitest';
import { isMajorChange, isNewer } from './semver.ts';

test('versions stand in the order of semantic versions', () => {
  const rising = ['1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0-rc.1', '1.0.0', 'v1.0.1', '1.2', '1.10.0', '2'];
  for (const [i, version] of rising.entries()) for (const [j, other] of rising.entries()) expect([version, other, isNewer(version, other)]).toEqual([version, other, i > j]);
  expect([isNewer('latest', '1.0.0'), isNewer('1.0.0', '%VERSION%'), isNewer('1.0.0+b', '1.0.0+a')]).toEqual([false, false, false]);
  expect([isMajorChange('2.0.0', '1.9.0'), isMajorChange('1.9.0', '1.0.0'), isMajorChange('x', '1.0.0')]).toEqual([true, false, false]);
});
