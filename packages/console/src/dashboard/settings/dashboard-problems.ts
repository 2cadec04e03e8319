/** What keeps a JSON text from being a dashboard, in words that lead to the place. */

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

export interface Read {
  readonly dashboard?: Json;
  readonly problems: readonly string[];
}

export function readDashboard(text: string): Read {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problems: [`This is not JSON: ${placed(text, error instanceof Error ? error.message : String(error))}`] };
  }
  if (!isObject(value)) return { problems: ['A dashboard is an object'] };
  const problems = problemsOf(value);
  return problems.length > 0 ? { problems } : { dashboard: value, problems };
}

/** The place in lines and columns, where the message tells it as a position. */
function placed(text: string, message: string): string {
  const at = /position (\d+)/.exec(message)?.[1];
  if (at === undefined || /line \d+/.test(message)) return message;
  const before = text.slice(0, Number(at)).split('\n');
  return `${message} (line ${before.length}, column ${before.at(-1)!.length + 1})`;
}

function problemsOf(dashboard: Json): string[] {
  const problems: string[] = [];
  if (typeof dashboard['title'] !== 'string' || dashboard['title'].trim() === '') problems.push('title: a text is needed');
  if (!Array.isArray(dashboard['panels'])) problems.push('panels: a list is needed');
  const tabs = Array.isArray(dashboard['tabs']) ? dashboard['tabs'] : [];
  const panels = (list: unknown, path: string) => {
    if (!Array.isArray(list)) return;
    list.forEach((panel: unknown, index) => {
      const here = `${path}[${index}]`;
      if (!isObject(panel)) return problems.push(`${here}: a panel is an object`);
      if (typeof panel['type'] !== 'string' && !isObject(panel['libraryPanel'])) problems.push(`${here}.type: a text is needed`);
      const place = panel['gridPos'];
      if (place !== undefined && (!isObject(place) || ['x', 'y', 'w', 'h'].some((key) => typeof place[key] !== 'number'))) problems.push(`${here}.gridPos: x, y, w and h are numbers`);
      if (panel['targets'] !== undefined && !Array.isArray(panel['targets'])) problems.push(`${here}.targets: a list is needed`);
      return panels(panel['panels'], `${here}.panels`);
    });
  };
  panels(dashboard['panels'], 'panels');
  tabs.forEach((tab: unknown, index) => panels(isObject(tab) ? tab['panels'] : undefined, `tabs[${index}].panels`));
  const named = (list: unknown, path: string, keys: readonly string[]) => {
    if (list === undefined || list === null) return;
    if (!Array.isArray(list)) {
      problems.push(`${path}: a list is needed`);
      return;
    }
    list.forEach((entry: unknown, index) => {
      for (const key of keys) if (!isObject(entry) || typeof entry[key] !== 'string') problems.push(`${path}[${index}].${key}: a text is needed`);
    });
  };
  named(isObject(dashboard['templating']) ? dashboard['templating']['list'] : undefined, 'templating.list', ['name', 'type']);
  named(isObject(dashboard['annotations']) ? dashboard['annotations']['list'] : undefined, 'annotations.list', ['name']);
  named(dashboard['links'], 'links', ['type']);
  return problems;
}
