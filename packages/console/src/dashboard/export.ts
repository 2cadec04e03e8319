/** A dashboard for other servers: what is particular to this one becomes an input that whoever imports it fills in. */

type Json = Readonly<Record<string, unknown>>;

export interface ExportSource {
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly pluginName: string;
  readonly builtIn: boolean;
  readonly version: string;
}

export interface ExportAbout {
  readonly version: string;
  /** By uid; undefined for what is no source, or a variable. */
  readonly sourceOf: (uid: string) => ExportSource | undefined;
  readonly panelName: (type: string) => string;
  /** Library panels by uid, which travel with the dashboard. */
  readonly elements: Readonly<Record<string, Json>>;
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const inputName = (prefix: string, name: string) => `${prefix}_${name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_').replaceAll(/^_|_$/g, '')}`;

export function forOthers(dashboard: Json, { version, sourceOf, panelName, elements }: ExportAbout): Json {
  const inputs = new Map<string, Json>();
  const needed = new Map<string, Json>([['grafana', { type: 'grafana', id: 'grafana', name: 'Grafana', version }]]);
  const names = new Map<string, string>();

  function inputOf(source: ExportSource): string {
    const known = names.get(source.uid);
    if (known) return known;
    const plain = inputName('DS', source.name);
    let [name, number] = [plain, 1];
    while (inputs.has(name)) name = `${plain}_${++number}`;
    names.set(source.uid, name);
    inputs.set(name, { name, label: source.name, description: '', type: 'datasource', pluginId: source.type, pluginName: source.pluginName });
    needed.set(`datasource ${source.type}`, { type: 'datasource', id: source.type, name: source.pluginName, version: source.version });
    return name;
  }

  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => {
      if (key !== 'datasource') return [key, walk(one)];
      const uid = typeof one === 'string' ? one : isObject(one) && typeof one['uid'] === 'string' ? one['uid'] : '';
      const source = uid === '' || uid.includes('$') ? undefined : sourceOf(uid);
      if (!source || source.builtIn) return [key, one];
      return [key, { type: source.type, uid: `\${${inputOf(source)}}` }];
    }));
  };

  const panelTypes = (panels: unknown): void => {
    for (const panel of Array.isArray(panels) ? panels.filter(isObject) : []) {
      const type = String(panel['type'] ?? '');
      if (type !== '' && type !== 'row') needed.set(`panel ${type}`, { type: 'panel', id: type, name: panelName(type), version: '' });
      panelTypes(panel['panels']);
    }
  };
  panelTypes(dashboard['panels']);

  const walked = walk(dashboard) as Json;
  const templating = isObject(walked['templating']) ? walked['templating'] : {};
  const list = (Array.isArray(templating['list']) ? templating['list'].filter(isObject) : []).map((variable): Json => {
    if (variable['type'] === 'query') return { ...variable, options: [], current: {} };
    if (variable['type'] === 'datasource') return { ...variable, current: {} };
    if (variable['type'] !== 'constant') return variable;
    const name = inputName('VAR', String(variable['name']));
    const reference = `\${${name}}`;
    inputs.set(name, { name, type: 'constant', label: variable['label'] || variable['name'], value: variable['query'] ?? '', description: '' });
    return { ...variable, query: reference, current: { value: reference, text: reference, selected: false }, options: [{ value: reference, text: reference, selected: false }] };
  });
  const library = Object.fromEntries(Object.entries(elements).map(([uid, element]) => [uid, walk(element)]));
  return { __inputs: [...inputs.values()], __elements: library, __requires: [...needed.values()].sort((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1)), ...walked, id: null, ...(list.length > 0 ? { templating: { ...templating, list } } : {}) };
}
