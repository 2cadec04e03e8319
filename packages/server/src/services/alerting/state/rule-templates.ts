/** Templates in a rule's labels and annotations (alerting-rules §13.3). Whatever fails leaves the text as it was written. */
import { fixed, GoMap, printValue, struct, TemplateSet, goField, goString, SafeHtml, formatGeneral, type GoStruct } from '@belvedere/go-template';
import type { Labels } from '../rules/alert-rule.ts';
import { parseDuration } from '../rules/duration.ts';
import type { Captured } from '../scheduler/evaluation.ts';
import { labelsText } from '../scheduler/evaluation.ts';

export interface TemplateInput {
  /** Of the query and the automatic ones, not the rule's. */
  readonly labels: Labels;
  readonly captured: readonly Captured[];
  readonly valueString: string;
}

const labelsMap = (labels: Labels) => new GoMap(Object.entries(labels), { goType: 'template.Labels', print: () => labelsText(labels) });

/** A float without exponent. */
function plainDecimal(value: number): string {
  if (!Number.isFinite(value)) return printValue(value);
  const text = String(value);
  return text.includes('e') ? fixed(value, Math.min(20, Math.max(0, Math.ceil(-Math.log10(Math.abs(value)) + 15)))).replace(/\.?0+$/, '') : text;
}

function valueStruct(c: Captured): GoStruct {
  const value = c.value ?? Number.NaN;
  const members: Record<string, unknown> = { Labels: labelsMap(c.labels), Value: value };
  return { goType: 'template.Value', [goField]: (name) => (Object.hasOwn(members, name) ? members[name] : undefined), [goString]: () => plainDecimal(value) };
}

const number = (value: unknown): number => {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string') {
    const parsed = value.trim() === '' ? Number.NaN : Number(value.replace(/^\+?Inf$/, 'Infinity').replace(/^-Inf$/, '-Infinity'));
    if (Number.isNaN(parsed) && value !== 'NaN') throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(value)}: invalid syntax`);
    return parsed;
  }
  const shown = printValue(value);
  const parsed = Number(shown);
  if (Number.isNaN(parsed)) throw new Error(`can't convert ${shown} to float`);
  return parsed;
};

const four = (value: number) => formatGeneral(value, 4);

function humanize(input: unknown): string {
  let v = number(input);
  if (v === 0 || !Number.isFinite(v)) return four(v);
  if (Math.abs(v) >= 1) {
    let prefix = '';
    for (const p of ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y']) {
      if (Math.abs(v) < 1000) break;
      prefix = p;
      v /= 1000;
    }
    return `${four(v)}${prefix}`;
  }
  let prefix = '';
  for (const p of ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y']) {
    if (Math.abs(v) >= 1) break;
    prefix = p;
    v *= 1000;
  }
  return `${four(v)}${prefix}`;
}

function humanize1024(input: unknown): string {
  let v = number(input);
  if (Math.abs(v) <= 1 || !Number.isFinite(v)) return four(v);
  let prefix = '';
  for (const p of ['ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi']) {
    if (Math.abs(v) < 1024) break;
    prefix = p;
    v /= 1024;
  }
  return `${four(v)}${prefix}`;
}

function humanizeDuration(input: unknown): string {
  let v = number(input);
  if (!Number.isFinite(v)) return four(v);
  if (v === 0) return `${four(v)}s`;
  if (Math.abs(v) >= 1) {
    const sign = v < 0 ? '-' : '';
    if (v < 0) v = -v;
    const whole = Math.trunc(v);
    const seconds = whole % 60;
    const minutes = Math.trunc(whole / 60) % 60;
    const hours = Math.trunc(whole / 3600) % 24;
    const days = Math.trunc(whole / 86_400);
    if (days !== 0) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`;
    if (hours !== 0) return `${sign}${hours}h ${minutes}m ${seconds}s`;
    if (minutes !== 0) return `${sign}${minutes}m ${seconds}s`;
    return `${sign}${four(v)}s`;
  }
  let prefix = '';
  for (const p of ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y']) {
    if (Math.abs(v) >= 1) break;
    prefix = p;
    v *= 1000;
  }
  return `${four(v)}${prefix}s`;
}

function timestampOf(input: unknown): Date {
  const seconds = number(input);
  if (!Number.isFinite(seconds) || Math.abs(seconds) > 8.64e12) throw new Error(`${printValue(seconds)} cannot be represented as a timestamp since it overflows int64`);
  return new Date(seconds * 1000);
}

const goTime = (date: Date) => `${date.toISOString().slice(0, 10)} ${date.toISOString().slice(11, 23).replace(/\.?0+$/, '')} +0000 UTC`;

/** RE2 and JavaScript agree on what people write; `(?i)` at the start is the exception. */
export function goRegExp(text: string, flags = ''): RegExp {
  const inline = /^\(\?([ims]+)\)/.exec(text);
  const named = (inline ? text.slice(inline[0].length) : text).replaceAll('(?P<', '(?<');
  return new RegExp(named, `u${flags}${inline?.[1] ?? ''}`);
}

/** `$1` and `${name}` as Go has them. */
export const goReplacement = (text: string) => text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced?: string, bare?: string) => {
  const name = braced ?? bare ?? '';
  return /^\d+$/.test(name) ? `$${name}` : `$<${name}>`;
});

const explore = (kind: 'range' | 'instant') => (raw: string): string => {
  let query: { datasource?: unknown; expr?: unknown };
  try {
    query = JSON.parse(raw) as typeof query;
  } catch {
    return '';
  }
  if (typeof query !== 'object' || query === null) return '';
  const datasource = JSON.stringify(String(query.datasource ?? ''));
  const expr = JSON.stringify(String(query.expr ?? ''));
  const left = `{"datasource":${datasource},"queries":[{"datasource":${datasource},"expr":${expr},"instant":${kind === 'instant'},"range":${kind === 'range'},"refId":"A"}],"range":{"from":"now-1h","to":"now"}}`;
  return `/explore?left=${left}`;
};

const filter = (keep: (name: string) => boolean) => (labels: unknown) => {
  const out = labels instanceof Map ? [...labels].filter(([name]) => keep(String(name))).map(([k, v]) => [String(k), String(v)] as const) : [];
  return labelsMap(Object.fromEntries(out));
};

const wholeMatch = (pattern: string) => {
  const re = goRegExp(pattern);
  return (name: string) => re.test(name);
};

const functions = (externalUrl: string): Record<string, (...args: never[]) => unknown> => ({
  query: () => [],
  first: (list: unknown) => {
    if (Array.isArray(list) && list.length > 0) return list[0];
    throw new Error('first() called on vector with no elements');
  },
  label: (name: string, sample: { [goField]?: (n: string) => unknown }) => {
    const labels = sample?.[goField]?.('Labels');
    return labels instanceof Map ? labels.get(name) ?? '' : '';
  },
  value: (sample: { [goField]?: (n: string) => unknown }) => sample?.[goField]?.('Value') ?? 0,
  strvalue: () => '',
  sortByLabel: (_: string, list: unknown) => list,
  args: (...args: unknown[]) => new GoMap(args.map((a, i) => [`arg${i}`, a])),
  reReplaceAll: (pattern: string, replacement: string, text: string) => text.replace(goRegExp(pattern, 'g'), goReplacement(replacement)),
  safeHtml: (text: string) => new SafeHtml(text),
  match: (pattern: string, text: string) => goRegExp(pattern).test(text),
  title: (text: string) => text.replace(/(^|\s)(\p{L})/gu, (_, space: string, letter: string) => space + letter.toUpperCase()),
  toUpper: (text: string) => text.toUpperCase(),
  toLower: (text: string) => text.toLowerCase(),
  graphLink: explore('range'),
  tableLink: explore('instant'),
  humanize, humanize1024, humanizeDuration,
  humanizePercentage: (input: unknown) => `${four(number(input) * 100)}%`,
  humanizeTimestamp: (input: unknown) => (Number.isFinite(number(input)) ? goTime(timestampOf(input)) : four(number(input))),
  toTime: (input: unknown) => {
    const date = timestampOf(input);
    return struct('*time.Time', { Unix: () => BigInt(Math.trunc(date.getTime() / 1000)), Year: () => BigInt(date.getUTCFullYear()) }, () => goTime(date));
  },
  stripPort: (text: string) => /^(.*):\d*$/.exec(text)?.[1]?.replace(/^\[(.*)\]$/, '$1') ?? text,
  stripDomain: (text: string) => (/^[\d.]+(:\d+)?$/.test(text) || text.startsWith('[') ? text : text.replace(/^([^.:]+)\.[^:]*(:\d+)?$/, '$1$2')),
  parseDuration: (text: string) => {
    const ms = parseDuration(text);
    if (ms === undefined) throw new Error(`not a valid duration string: ${JSON.stringify(text)}`);
    return ms / 1000;
  },
  pathPrefix: () => new URL(externalUrl).pathname,
  externalURL: () => externalUrl,
  filterLabels: (labels: unknown, prefix: string) => filter((name) => name.startsWith(prefix))(labels),
  filterLabelsRe: (labels: unknown, pattern: string) => filter(wholeMatch(pattern))(labels),
  removeLabels: (labels: unknown, prefix: string) => filter((name) => !name.startsWith(prefix))(labels),
  removeLabelsRe: (labels: unknown, pattern: string) => {
    const matches = wholeMatch(pattern);
    return filter((name) => !matches(name))(labels);
  },
  mergeLabelValues: (values: unknown) => {
    const merged = new Map<string, Set<string>>();
    if (values instanceof Map) {
      for (const value of values.values()) {
        const labels = (value as GoStruct)[goField]?.('Labels');
        if (labels instanceof Map) for (const [k, v] of labels) merged.set(String(k), (merged.get(String(k)) ?? new Set()).add(String(v)));
      }
    }
    return labelsMap(Object.fromEntries([...merged].map(([k, v]) => [k, [...v].sort().join(', ')])));
  },
});

const prelude = '{{- $labels := .Labels -}}{{- $values := .Values -}}{{- $value := .Value -}}';
const outputBytesMax = 65_536;

/** Makes the expander of one server. */
export function createRuleTemplates(externalUrl: string): (texts: Labels, input: TemplateInput) => Labels {
  const set = new TemplateSet({ functions: functions(externalUrl), outputBytesMax });
  return (texts, input) => {
    let data: GoStruct | undefined;
    const out: Record<string, string> = {};
    for (const [name, text] of Object.entries(texts)) {
      if (!text.includes('{{')) {
        out[name] = text;
        continue;
      }
      data ??= dataOf(input);
      try {
        out[name] = set.expand(prelude + text, data, `__alert_${name}`).replaceAll('<no value>', '[no value]');
      } catch {
        out[name] = text;
      }
    }
    return out;
  };
}

function dataOf({ labels, captured, valueString }: TemplateInput): GoStruct {
  const sources = captured.filter((c) => c.fromDatasource);
  return struct('template.Data', {
    Labels: labelsMap(labels),
    Values: new GoMap(captured.map((c) => [c.name, valueStruct(c)]), { goType: 'map[string]template.Value' }),
    Value: sources.length === 1 && sources[0]!.value !== null ? printValue(sources[0]!.value) : valueString,
  });
}
