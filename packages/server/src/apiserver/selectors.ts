/** Label and field selectors (apiserver-and-storage §4.2). */
import { badRequest } from './status.ts';

export type LabelRequirement =
  | { readonly key: string; readonly operator: 'in' | 'notin'; readonly values: readonly string[] }
  | { readonly key: string; readonly operator: 'exists' | '!' }
  | { readonly key: string; readonly operator: 'gt' | 'lt'; readonly values: readonly string[] };

const token = /\s*(,|\(|\)|==|=|!=|!|>|<|[^\s,()=!><]+)/y;

/** Parses `a=b, c in (d,e), !f, g>1`. Throws a 400. */
export function parseLabelSelector(text: string): LabelRequirement[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  const trimmed = text.trimEnd();
  while (token.lastIndex < trimmed.length) {
    const found = token.exec(trimmed);
    if (!found) throw badRequest(`unable to parse requirement: ${text}`);
    tokens.push(found[1]!);
  }
  const requirements: LabelRequirement[] = [];
  let at = 0;
  const next = () => tokens[at++] ?? '';
  const expected = (what: string, found: string) => badRequest(`found '${found}', expected: ${what}`);
  const isIdentifier = (text: string) => text !== '' && !/^(,|\(|\)|==|=|!=|!|>|<)$/.test(text);
  while (at < tokens.length) {
    let key = next();
    if (key === '!') {
      key = next();
      if (!isIdentifier(key)) throw expected('identifier', key);
      requirements.push({ key: checkedKey(key), operator: '!' });
    } else {
      if (!isIdentifier(key)) throw expected("!, identifier, or 'end of string'", key);
      checkedKey(key);
      const operator = tokens[at] ?? '';
      if (operator === '' || operator === ',') requirements.push({ key, operator: 'exists' });
      else {
        at++;
        if (operator === '=' || operator === '==') requirements.push({ key, operator: 'in', values: [value()] });
        else if (operator === '!=') requirements.push({ key, operator: 'notin', values: [value()] });
        else if (operator === '>' || operator === '<') requirements.push({ key, operator: operator === '>' ? 'gt' : 'lt', values: [number()] });
        else if (operator === 'in' || operator === 'notin') requirements.push({ key, operator, values: set() });
        else throw expected("in, notin, =, ==, !=, gt, lt", operator);
      }
    }
    const end = tokens[at];
    if (end === undefined) break;
    if (end !== ',') throw expected("',' or 'end of string'", end);
    at++;
    if (at >= tokens.length) throw expected('identifier after \',\'', '');
  }
  return requirements;

  function value(): string {
    const found = tokens[at];
    if (found === undefined || found === ',') return '';
    if (!isIdentifier(found)) throw expected('identifier', found);
    at++;
    return found;
  }

  function number(): string {
    const found = next();
    if (!/^-?\d+$/.test(found)) throw badRequest(`values[0][${key0()}]: Invalid value: "${found}": for 'Gt', 'Lt' operators, the value must be an integer`);
    return found;
  }

  function key0(): string {
    return tokens[at - 3] ?? '';
  }

  function set(): string[] {
    if (next() !== '(') throw expected("'('", tokens[at - 1] ?? '');
    const values: string[] = [];
    for (;;) {
      values.push(value());
      const end = next();
      if (end === ')') return values;
      if (end !== ',') throw expected("',' or ')'", end);
    }
  }
}

function checkedKey(key: string): string {
  if (!/^([a-zA-Z0-9.-]{1,253}\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/.test(key)) {
    throw badRequest(`unable to parse requirement: key: Invalid value: ${JSON.stringify(key)}: name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`);
  }
  return key;
}

export function labelsMatch(requirements: readonly LabelRequirement[], labels: Readonly<Record<string, string>>): boolean {
  return requirements.every((requirement) => {
    const value = labels[requirement.key];
    switch (requirement.operator) {
      case 'exists': return value !== undefined;
      case '!': return value === undefined;
      case 'in': return value !== undefined && requirement.values.includes(value);
      case 'notin': return value === undefined || !requirement.values.includes(value);
      case 'gt': return value !== undefined && /^-?\d+$/.test(value) && BigInt(value) > BigInt(requirement.values[0]!);
      case 'lt': return value !== undefined && /^-?\d+$/.test(value) && BigInt(value) < BigInt(requirement.values[0]!);
      default: return requirement satisfies never;
    }
  });
}

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

export function parseFieldSelector(text: string): FieldRequirement[] {
  if (text.trim() === '') return [];
  if (text.includes('\0')) throw badRequest('invalid selector');
  return text.split(/(?<!\\),/).map((term) => {
    const found = /^([^=!]*)(==|!=|=)(.*)$/s.exec(term);
    if (!found) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    return { field: found[1]!.trim(), operator: found[2] === '!=' ? '!=' : '=', value: found[3]!.replace(/\\([\\,=])/g, '$1') };
  });
}
