import { expect, test } from 'vitest';
import type { SourceSettings } from '../../sources/source-modules.ts';
import { headersOf, withoutHeader } from './headers.ts';

const settings = { jsonData: { httpHeaderName1: 'A', httpHeaderName2: 'B' }, secureJsonData: {}, secureJsonFields: { httpHeaderValue1: true, httpHeaderValue2: true } } as unknown as SourceSettings;

test('the last header goes', () => {
  expect(headersOf(withoutHeader(settings, 2))).toEqual([{ index: 1, name: 'A' }]);
});

test('one in the middle is emptied, so that the value of the next one stays its own', () => {
  const left = withoutHeader(settings, 1);
  expect(headersOf(left)).toEqual([{ index: 1, name: '' }, { index: 2, name: 'B' }]);
  expect(left.secureJsonFields).toEqual({ httpHeaderValue1: false, httpHeaderValue2: true });
});
