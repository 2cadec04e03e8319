/** Where in a PromQL text the cursor stands, and so what can come there. */

export type Place =
  | { readonly kind: 'name'; readonly from: number }
  | { readonly kind: 'label'; readonly from: number; readonly metric: string; readonly grouping: boolean }
  | { readonly kind: 'value'; readonly from: number; readonly metric: string; readonly label: string }
  | { readonly kind: 'range'; readonly from: number }
  | { readonly kind: 'none' };

const wordBefore = /[A-Za-z_:][\w:]*$/;

/** Looks back from the cursor: an open quote, brace, bracket or grouping decides. */
export function placeAt(text: string, at: number): Place {
  const before = text.slice(0, at);
  let inQuote: string | undefined;
  const open: { readonly char: string; readonly at: number }[] = [];
  let quoteAt = 0;
  for (let i = 0; i < before.length; i++) {
    const char = before[i]!;
    if (inQuote) {
      if (char === '\\') i++;
      else if (char === inQuote) inQuote = undefined;
    } else if (char === '"' || char === "'" || char === '`') {
      inQuote = char;
      quoteAt = i;
    } else if (char === '{' || char === '[' || char === '(') open.push({ char, at: i });
    else if (char === '}' || char === ']' || char === ')') open.pop();
  }
  const enclosing = open.at(-1);
  const metricBefore = (brace: number) => wordBefore.exec(before.slice(0, brace).trimEnd())?.[0] ?? '';
  if (inQuote) {
    const label = /([A-Za-z_]\w*)\s*(?:=~|!~|!=|=)\s*$/.exec(before.slice(0, quoteAt))?.[1];
    return enclosing?.char === '{' && label ? { kind: 'value', from: quoteAt + 1, metric: metricBefore(enclosing.at), label } : { kind: 'none' };
  }
  const word = /[\w:]*$/.exec(before)![0];
  const from = at - word.length;
  if (enclosing?.char === '{') {
    const sinceComma = before.slice(enclosing.at + 1, from);
    return /(?:^|,)\s*$/.test(sinceComma) ? { kind: 'label', from, metric: metricBefore(enclosing.at), grouping: false } : { kind: 'none' };
  }
  if (enclosing?.char === '[') return { kind: 'range', from: enclosing.at + 1 };
  if (enclosing?.char === '(' && /\b(?:by|without|on|ignoring|group_left|group_right)\s*$/.test(before.slice(0, enclosing.at))) {
    const metric = /([A-Za-z_:][\w:]*)\s*(?:\{|\[|\))/.exec(text.slice(at))?.[1] ?? '';
    return { kind: 'label', from, metric, grouping: true };
  }
  return /^\d/.test(word) ? { kind: 'none' } : { kind: 'name', from };
}
