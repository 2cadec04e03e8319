/** Label and field selectors (apiserver-and-storage §4.2). */
import { labelValueProblems, qualifiedNameProblems } from './names.ts';
import { badRequest, causes } from './status.ts';

export type LabelRequirement =
  | { readonly key: string; readonly operator: 'in' | 'notin'; readonly values: readonly string[] }
  | { readonly key: string; readonly operator: 'exists' | '!' }
  | { readonly key: string; readonly operator: 'gt' | 'lt'; readonly values: readonly string[] };

const token = /\s*(,|\(|\)|==|=|!=|!|>|<|[^\s,()=!><]+)/y;
const symbols = new Set([',', '(', ')', '==', '=', '!=', '!', '>', '<']);
const isIdentifier = (found: string) => found !== '' && !symbols.has(found);
const binary = new Map([['=', 'in'], ['==', 'in'], ['!=', 'notin'], ['in', 'in'], ['notin', 'notin'], ['>', 'gt'], ['<', 'lt']] as const);

/** Parses `a=b, c in (d,e), !f, g>1`. Throws a 400 in the words of the reference. */
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
  const peek = () => tokens[at] ?? '';
  while (at < tokens.length) {
    if (peek() !== '!' && !isIdentifier(peek())) throw expected(peek(), "!, identifier, or 'end of string'");
    requirements.push(requirement());
    const end = next();
    if (end === '') break;
    if (end !== ',') throw expected(end, "',' or 'end of string'");
    if (peek() !== '!' && !isIdentifier(peek())) throw expected(peek(), "identifier after ','");
  }
  return requirements;

  function requirement(): LabelRequirement {
    const isAbsent = peek() === '!' && next() !== '';
    const key = next();
    if (!isIdentifier(key)) throw unparsed(expected(key, 'identifier').message);
    const problems = qualifiedNameProblems(key);
    if (problems.length > 0) throw unparsed(`<nil>: ${causes.invalid('', key, problems.join('; ')).message}`);
    if (isAbsent) return { key, operator: '!' };
    if (peek() === '' || peek() === ',') return { key, operator: 'exists' };
    const sign = next();
    const operator = binary.get(sign as '=');
    if (!operator) throw unparsed(expected(sign, 'in, notin, =, ==, !=, gt, lt').message);
    return checked({ key, operator, values: sign === 'in' || sign === 'notin' ? set() : [value()] });
  }

  function value(): string {
    if (peek() === '' || peek() === ',') return '';
    const found = next();
    if (!isIdentifier(found)) throw unparsed(expected(found, 'identifier').message);
    return found;
  }

  /** Every place between commas is a value, and the empty ones are the same. */
  function set(): string[] {
    if (next() !== '(') throw unparsed(expected(tokens[at - 1] ?? '', "'('").message);
    const values = new Set<string>();
    if (peek() === ')') {
      at++;
      return [];
    }
    if (peek() !== ',' && !isIdentifier(peek())) throw unparsed(expected(peek(), "',', ')' or identifier").message);
    for (;;) {
      const found = next();
      if (isIdentifier(found)) {
        values.add(found);
        if (peek() !== ',' && peek() !== ')') throw unparsed(expected(peek(), "',' or ')'").message);
        if (peek() === ')') break;
      } else if (found === ',') {
        if (values.size === 0 || peek() === ')' || peek() === ',') values.add('');
        if (peek() === ')') break;
      } else throw unparsed(expected(found, "',', or identifier").message);
    }
    at++;
    return [...values].sort();
  }
}

const unparsed = (why: string) => badRequest(`unable to parse requirement: ${why}`);
const expected = (found: string, what: string) => badRequest(`found '${found}', expected: ${what}`);

/** Throws for values that no label has. */
function checked(requirement: Extract<LabelRequirement, { values: readonly string[] }>): LabelRequirement {
  const { key, operator, values } = requirement;
  const problems: string[] = [];
  const tell = (field: string, shown: unknown, why: string) => problems.push(`${field}: ${causes.invalid('', shown, why).message}`);
  if (values.length === 0) tell('values', [], "for 'in', 'notin' operators, values set can't be empty");
  if (operator === 'gt' || operator === 'lt') {
    for (const [i, value] of values.entries()) if (!/^[+-]?\d{1,18}$/.test(value)) tell(`values[${i}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer");
  }
  for (const [i, value] of values.entries()) for (const why of labelValueProblems(value)) tell(`values[${i}][${key}]`, value, why);
  if (problems.length > 0) throw unparsed(problems.length === 1 ? problems[0]! : `[${problems.join(', ')}]`);
  return requirement;
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

/** Terms that are empty say nothing. Throws a 400. */
export function parseFieldSelector(text: string): FieldRequirement[] {
  if (text.includes('\0')) throw badRequest('invalid selector');
  return text.split(/(?<!\\),/).filter((term) => term.trim() !== '').map((term) => {
    const found = /^([^=!]*)(==|!=|=)(.*)$/s.exec(term);
    if (!found) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    return { field: found[1]!.trim(), operator: found[2] === '!=' ? '!=' : '=', value: unescaped(found[3]!) };
  });
}

function unescaped(text: string): string {
  return text.replace(/\\([\s\S]?)|[,=]/g, (found, character: string | undefined) => {
    if (character === undefined) throw badRequest(`invalid field selector: unescaped character in value: ${found.charCodeAt(0)}`);
    if (!'\\,='.includes(character) || character === '') throw badRequest(`invalid field selector: invalid escape sequence: ${found}`);
    return character;
  });
}
