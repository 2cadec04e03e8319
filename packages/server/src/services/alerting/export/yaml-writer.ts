/** YAML as exported files have it (alerting-rules §9): blocks with four columns of indentation, quotes where a text would be read as something else. */

type Value = string | number | boolean | null | undefined | readonly Value[] | { readonly [key: string]: Value };

/** Texts that a YAML reader takes for something else than text. */
const resolved = /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE|y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF|<<|[-+]?(?:\d[\d_]*|0x[\da-fA-F_]+|0o?[0-7_]+|0b[01_]+)|[-+]?(?:\d[\d_]*)?\.?\d+(?:[eE][-+]?\d+)?|[-+]?\d+\.(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|[-+]?\d+(?::[0-5]?\d)+(?:\.\d*)?|\d{4}-\d\d?-\d\d?(?:[Tt ].*)?)$/;

export function yamlScalar(text: string): string {
  if (text === '') return '""';
  if (resolved.test(text)) return JSON.stringify(text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must be escaped.
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) return JSON.stringify(text);
  const plain = !/^[\s]|[\s]$|^[-?:](?:\s|$)|^[,[\]{}#&*!|>'"%@`]|: |:$| #|^\.\.\.$|^---/.test(text) && !/\t/.test(text);
  return plain ? text : `'${text.replaceAll("'", "''")}'`;
}

const isMap = (value: Value): value is { readonly [key: string]: Value } => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Of the content of a mapping or sequence that begins below a line at `indent`. */
const deeper = (indent: number) => 4 * Math.floor((indent + 4) / 4);

function scalar(value: Value, indent: number): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value !== 'string') return String(value);
  if (!value.includes('\n')) return yamlScalar(value);
  const pad = ' '.repeat(deeper(indent));
  const keep = value.endsWith('\n') ? (value.endsWith('\n\n') ? '+' : '') : '-';
  const lines = value.replace(/\n$/, '').split('\n');
  const hint = /^[ \n]/.test(value) ? '4' : '';
  return `|${hint}${keep}\n${lines.map((l) => (l === '' ? '' : pad + l)).join('\n')}`;
}

function entries(map: { readonly [key: string]: Value }): [string, Value][] {
  return Object.entries(map).filter(([, v]) => v !== undefined);
}

/** What is written in one line, `[a, b]`. */
interface Flow {
  readonly keys: ReadonlySet<string>;
  /** Compat: a key of these whose value is no collection hands the style on to whatever collection comes next. */
  next: boolean;
}

/** Whether this collection is written in one line: asked once for each. */
function takesLine(flow: Flow): boolean {
  const { next } = flow;
  flow.next = false;
  return next;
}

const flowScalar = (value: Value) => {
  const text = scalar(value, 0);
  return typeof value === 'string' && /[:,[\]{}?]/.test(value) && text === value ? `'${value.replaceAll("'", "''")}'` : text;
};

function flowText(value: Value, flow: Flow): string {
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map((item) => flowText(item, flow)).join(', ')}]`;
  if (!isMap(value)) return flowScalar(value);
  return `{${entries(value).map(([key, member]) => {
    if (flow.keys.has(key) && !isCollection(member)) flow.next = true;
    return `${flowScalar(key)}: ${flowText(member, flow)}`;
  }).join(', ')}}`;
}

const isCollection = (value: Value) => Array.isArray(value) || isMap(value);

function mapLines(map: { readonly [key: string]: Value }, indent: number, flow: Flow, firstPrefix?: string): string {
  const pad = ' '.repeat(indent);
  return entries(map).map(([key, value], i) => {
    const head = i === 0 && firstPrefix !== undefined ? firstPrefix : pad;
    if (flow.keys.has(key)) flow.next = true;
    return `${head}${yamlScalar(key)}:${below(value, indent, flow)}`;
  }).join('\n');
}

function below(value: Value, indent: number, flow: Flow): string {
  if (isCollection(value) && takesLine(flow)) return ` ${flowText(value, flow)}`;
  if (Array.isArray(value)) return value.length === 0 ? ' []' : `\n${listLines(value as readonly Value[], deeper(indent), flow)}`;
  if (isMap(value)) return entries(value).length === 0 ? ' {}' : `\n${mapLines(value, deeper(indent), flow)}`;
  return ` ${scalar(value, indent)}`;
}

function listLines(list: readonly Value[], indent: number, flow: Flow, firstPrefix?: string): string {
  const pad = ' '.repeat(indent);
  return list.map((item, i) => {
    const head = `${i === 0 && firstPrefix !== undefined ? firstPrefix : pad}- `;
    if (isCollection(item) && takesLine(flow)) return head + flowText(item, flow);
    if (Array.isArray(item)) return item.length === 0 ? `${head}[]` : listLines(item as readonly Value[], indent + 2, flow, head);
    if (isMap(item)) return entries(item).length === 0 ? `${head}{}` : mapLines(item, indent + 2, flow, head);
    return head + scalar(item, indent);
  }).join('\n');
}

/** `flowKeys`: keys whose lists stand in one line. */
export const toYaml = (map: { readonly [key: string]: Value }, flowKeys: ReadonlySet<string> = new Set()): string => `${mapLines(map, 0, { keys: flowKeys, next: false })}\n`;
export type YamlValue = Value;
