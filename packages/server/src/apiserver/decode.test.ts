import { expect, test } from 'vitest';
import { duplicateFields } from './decode.ts';

test.each([
  ['{"a":1,"b":{"a":1}}', []],
  ['{"a":1,"a":2}', ['a']],
  ['{"spec":{"title":"a","title":"b"},"l":[{"x":1},{"x":1,"x":"\\"}"}]}', ['spec.title', 'l[1].x']],
  ['{"a":"{\\"a\\":1,\\"a\\":2}"}', []],
])('%s', (text, paths) => {
  expect(duplicateFields(text)).toEqual(paths);
});
