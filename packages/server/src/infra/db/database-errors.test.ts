import { expect, test } from 'vitest';
import { isTooLargeForDatabase, isUnstorableText, ofTooLargePacket } from './database-errors.ts';

test('a connection that is lost over a large statement is lost because of it', () => {
  const lost = Object.assign(new Error('write ECONNRESET'), { code: 'ECONNRESET' });
  expect(isTooLargeForDatabase(ofTooLargePacket(lost, [1, 'x'.repeat(2_000_000)]))).toBe(true);
  expect(ofTooLargePacket(lost, [1, 'x'])).toBe(lost);
  const other = new Error('x');
  expect(ofTooLargePacket(other, ['x'.repeat(2_000_000)])).toBe(other);
});

test.each([[{ code: '22001' }, true], [{ code: '22021' }, true], [{ errno: 1406 }, true], [{ code: '23505' }, false], [new Error('x'), false], [undefined, false]])('%j cannot be stored: %s', (error, unstorable) => {
  expect(isUnstorableText(error)).toBe(unstorable);
});
