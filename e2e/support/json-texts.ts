/** JSON as nobody writes it and anybody may send it: texts, not values, for what is stored to the letter can only be compared as a text. */
import fc from 'fast-check';

const pieces = [
  '\\ud800', '\\udfff\\ud800', '\\u0000', '\\/', '\\"', '\\\\', '\\b\\f\\n\\r\\t', '\\u0041', 'é', '😀', '\u2028', '\ufeff', '\u007f', '{', '}', '[', ']', ',', ':', ' ', '<script>', '%00', "'; --", '${x}', '__proto__', 'ß', 'İ',
];
const stringText = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 5 }).map((s) => JSON.stringify(s).slice(1, -1))), { maxLength: 6 }).map((parts) => `"${parts.join('')}"`);
const keyText = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'uid', 'id', 'version', 'title', 'panels', 'rows', 'templating', 'annotations', 'tags', 'refresh', 'time', 'datasource', '', '0', '-1', 'a', 'a')
    .map((key) => JSON.stringify(key)),
  stringText,
);
const numberText = fc.oneof(
  fc.constantFrom('0', '-0', '1.0', '1E5', '0.1e+10', '1e-400', '12345678901234567890', '-9007199254740993', '4294967296', '2147483648', '1e308', '0.1234567890123456789'),
  fc.integer().map(String), fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);
const space = fc.constantFrom('', '', '', ' ', '\n', '\t\r\n ');

/** Any JSON value's text, with keys given twice, keys that are names in JavaScript, half surrogate pairs and numbers that no double holds. */
export const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, fc.constantFrom('null', 'true', 'false'), numberText, stringText, tie('array'), tie('object')),
  array: fc.tuple(fc.array(tie('value'), { maxLength: 4 }), space).map(([items, gap]) => `[${gap}${items.join(`${gap},`)}]`),
  object: fc.tuple(fc.array(fc.tuple(keyText, tie('value')), { maxLength: 5 }), space).map(([members, gap]) => `{${gap}${members.map(([key, value]) => `${key}${gap}:${gap}${value}`).join(`,${gap}`)}${gap}}`),
})).value;

/** `{"a":{"a":…` and `[[[…`, so deep. */
export const nested = (depth: number, kind: 'object' | 'array'): string => (kind === 'array' ? `${'['.repeat(depth)}${']'.repeat(depth)}` : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
