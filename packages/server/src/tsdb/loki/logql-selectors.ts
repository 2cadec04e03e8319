/** The stream selectors of a LogQL text, as far as matchers are put into them (tsdb-backends §3.5). */
import type { Matcher } from '../prometheus/promql/expression.ts';
import { quoted } from '../prometheus/query-model.ts';

const matcherText = ({ name, op, value }: Matcher): string => `${name}${op}${quoted(value)}`;

export const selectorText = (matchers: readonly Matcher[]): string => `{${matchers.map(matcherText).join(', ')}}`;

const matcher = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|`[^`]*`)\s*(,|$)/y;
/** A quoted text, or a selector. What is neither stays as it is. */
const part = /"(?:[^"\\]|\\.)*"|`[^`]*`|\{((?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^{}"`])*)\}/g;

/** Every selector with the matchers; one of the same label is replaced. Throws where a selector cannot be read. */
export function withMatchers(query: string, matchers: readonly Matcher[]): string {
  if (query.trim() === '') return selectorText(matchers);
  let found = false;
  const out = query.replace(part, (whole, inner: string | undefined) => {
    if (inner === undefined) return whole;
    found = true;
    return `{${[...kept(inner, matchers), ...matchers.map(matcherText)].join(', ')}}`;
  });
  if (!found) throw new Error('the query has no stream selector');
  return out;
}

function kept(inner: string, matchers: readonly Matcher[]): string[] {
  const texts: string[] = [];
  matcher.lastIndex = 0;
  while (matcher.lastIndex < inner.length && inner.slice(matcher.lastIndex).trim() !== '') {
    const read = matcher.exec(inner);
    if (!read) throw new Error(`the selector {${inner}} cannot be read`);
    if (!matchers.some(({ name }) => name === read[1])) texts.push(`${read[1]}${read[2]}${read[3]}`);
  }
  return texts;
}
