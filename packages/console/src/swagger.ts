/** Shows the description of the API as a list, for people without a viewer of their own. */
interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly operationId?: string;
}

async function show(root: HTMLElement) {
  const path = (window as unknown as { __grafana_public_path__?: string }).__grafana_public_path__ ?? 'public/';
  const answer = await fetch(`${path}openapi3.json`);
  if (!answer.ok) {
    root.textContent = 'The description of the API is not available.';
    return;
  }
  const { paths } = (await answer.json()) as { paths: Record<string, Record<string, Operation>> };
  const byTag = new Map<string, [string, string, Operation][]>();
  for (const [route, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags?.[0] ?? 'other';
      byTag.set(tag, [...(byTag.get(tag) ?? []), [method.toUpperCase(), route, operation]]);
    }
  }
  root.replaceChildren(...[...byTag].sort(([a], [b]) => a.localeCompare(b)).map(([tag, operations]) => {
    const details = document.createElement('details');
    const summary = document.createElement('summary');
    summary.textContent = `${tag} (${operations.length})`;
    const list = document.createElement('ul');
    for (const [method, route, { summary: title, description }] of operations) {
      const item = document.createElement('li');
      const code = document.createElement('code');
      code.textContent = `${method} ${route}`;
      item.append(code, ` ${title ?? description ?? ''}`);
      list.append(item);
    }
    details.append(summary, list);
    return details;
  }));
}

const root = document.getElementById('root');
if (root) void show(root);

export {};
