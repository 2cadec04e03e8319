/** Terraform's language (alerting-rules §9): attributes with aligned equals signs, blocks, strings escaped for templates. */

export type HclValue = string | number | boolean | readonly HclValue[] | { readonly map: Readonly<Record<string, string>> };

/** A member of a body: `name = value`, or a block. */
export type HclMember =
  | { readonly kind: 'attribute'; readonly name: string; readonly value: HclValue }
  | { readonly kind: 'block'; readonly name: string; readonly labels?: readonly string[]; readonly body: readonly HclMember[] };

export const attribute = (name: string, value: HclValue | undefined): HclMember[] => (value === undefined ? [] : [{ kind: 'attribute', name, value }]);
export const block = (name: string, body: readonly HclMember[], labels?: readonly string[]): HclMember => ({ kind: 'block', name, body, ...(labels ? { labels } : {}) });

export function hclString(text: string): string {
  const escaped = text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t').replace(/\$\{/g, () => '$${').replaceAll('%{', '%%{');
  return `"${escaped}"`;
}

function valueText(value: HclValue, indent: string): string {
  if (typeof value === 'string') return hclString(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!Array.isArray(value)) {
    const { map } = value as { readonly map: Readonly<Record<string, string>> };
    const keys = Object.keys(map).sort();
    const names = keys.map((k) => (/^[A-Za-z_][\w-]*$/.test(k) ? k : hclString(k)));
    const width = Math.max(0, ...names.map((n) => n.length));
    return `{\n${keys.map((k, i) => `${indent}  ${names[i]!.padEnd(width)} = ${hclString(map[k]!)}\n`).join('')}${indent}}`;
  }
  return `[${(value as readonly HclValue[]).map((v) => valueText(v, indent)).join(', ')}]`;
}

const isLong = (value: HclValue) => typeof value === 'object' && !Array.isArray(value);

export function hclBody(body: readonly HclMember[], indent = ''): string {
  let out = '';
  for (let i = 0; i < body.length; ) {
    const member = body[i]!;
    if (member.kind === 'block') {
      // An empty line sets blocks off from attributes, and blocks of different names from each other.
      const before = body[i - 1];
      const labels = (member.labels ?? []).map((l) => ` ${hclString(l)}`).join('');
      if (indent !== '' && (!before || before.kind === 'attribute' || before.name !== member.name)) out += '\n';
      out += `${indent}${member.name}${labels} {\n${hclBody(member.body, `${indent}  `)}${indent}}\n`;
      const next = body[i + 1];
      // Compat: nothing stands between these two and what follows them.
      if (indent !== '' && next?.kind === 'attribute' && member.name !== 'notification_settings' && member.name !== 'record') out += '\n';
      i++;
      continue;
    }
    // Neighbours are aligned; a map stands alone.
    let end = i + 1;
    if (!isLong(member.value)) while (end < body.length && body[end]!.kind === 'attribute' && !isLong((body[end] as { value: HclValue }).value)) end++;
    const run = body.slice(i, end) as Extract<HclMember, { kind: 'attribute' }>[];
    const width = Math.max(...run.map((a) => a.name.length));
    for (const a of run) out += `${indent}${a.name.padEnd(width)} = ${valueText(a.value, indent)}\n`;
    i = end;
  }
  return out;
}
