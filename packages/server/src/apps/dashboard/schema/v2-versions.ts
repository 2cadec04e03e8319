/** The two versions of the second generation differ in how they name data sources and panel types (dashboards-and-content §15.4). Pure. */
import { objectIn, type Json, type SourceLookup } from './document.ts';
import { isObject, objectsOf, textOf } from '../../../util/json-value.ts';

const specIn = (holder: unknown): Json => (isObject(holder) ? (objectIn(holder, 'spec') ?? {}) : {});

interface Rewriting {
  annotation(spec: Json): Json;
  query(holder: Json): Json;
  viz(viz: Json): Json;
  variableSource(variable: Json): Json;
}

/** `v2beta1` -> `v2alpha1` */
export function betaToAlpha(spec: Json, sources: SourceLookup): Json {
  const refOf = (group: unknown, datasource: unknown): Json | undefined => {
    const uid = isObject(datasource) ? textOf(datasource['name']) : '';
    const type = textOf(group) || sources.byUid.get(uid)?.type || '';
    return uid === '' ? undefined : { ...(type ? { type } : {}), uid };
  };
  return rewrite(spec, {
    // The older version has no menu of controls for them.
    annotation: ({ placement: _, ...annotation }) => annotation,
    query(holder) {
      const query = objectIn(holder, 'query');
      if (!query) return holder;
      const datasource = refOf(query['group'], query['datasource']);
      return { ...holder, query: { kind: textOf(query['group']), spec: query['spec'] ?? {} }, ...(datasource ? { datasource } : {}) };
    },
    viz: (viz) => ({ kind: textOf(viz['group']), spec: { pluginVersion: textOf(viz['version']), ...specIn(viz) } }),
    variableSource({ group, datasource, ...variable }) {
      // A source that has no name yet is still of a type.
      const ref = refOf(group, datasource) ?? (textOf(group) === '' ? undefined : { type: textOf(group) });
      return ref ? { ...variable, spec: { ...specIn(variable), datasource: ref } } : variable;
    },
  });
}

/** `v2alpha1` -> `v2beta1` */
export function alphaToBeta(spec: Json): Json {
  const dataQuery = (query: Json, datasource: unknown): Json => {
    const uid = isObject(datasource) ? textOf(datasource['uid']) : '';
    const type = textOf(query['kind']) || (isObject(datasource) ? textOf(datasource['type']) : '');
    return { kind: 'DataQuery', group: type, version: 'v0', ...(uid ? { datasource: { name: uid } } : {}), spec: query['spec'] ?? {} };
  };
  const filled = {
    ...spec, annotations: objectsOf(spec['annotations']), elements: objectIn(spec, 'elements') ?? {}, links: objectsOf(spec['links']), variables: objectsOf(spec['variables']),
    layout: emptyItems(objectIn(spec, 'layout')),
  };
  return rewrite(filled, {
    annotation: (annotation) => annotation,
    query({ datasource, ...holder }) {
      const query = objectIn(holder, 'query');
      return query ? { ...holder, query: dataQuery(query, datasource) } : holder;
    },
    viz(viz) {
      const { pluginVersion, ...rest } = specIn(viz);
      return { kind: 'VizConfig', group: textOf(viz['kind']), version: textOf(pluginVersion), spec: rest };
    },
    variableSource(variable) {
      const { datasource, ...rest } = specIn(variable);
      const uid = isObject(datasource) ? textOf(datasource['uid']) : '';
      return { ...variable, group: isObject(datasource) ? textOf(datasource['type']) : '', ...(uid ? { datasource: { name: uid } } : {}), spec: rest };
    },
  });
}

function emptyItems(layout: Json | undefined): Json {
  if (!layout) return { kind: 'GridLayout', spec: { items: [] } };
  const spec = specIn(layout);
  return layout['kind'] === 'GridLayout' && !Array.isArray(spec['items']) ? { ...layout, spec: { ...spec, items: [] } } : layout;
}

function rewrite(spec: Json, how: Rewriting): Json {
  const out: Json = { ...spec };
  if (Array.isArray(spec['annotations'])) out['annotations'] = objectsOf(spec['annotations']).map((annotation) => ({ ...annotation, spec: how.annotation(how.query(specIn(annotation))) }));
  if (isObject(spec['elements'])) out['elements'] = Object.fromEntries(Object.entries(spec['elements']).map(([name, element]) => [name, rewriteElement(element, how)]));
  if (Array.isArray(spec['variables'])) out['variables'] = objectsOf(spec['variables']).map((variable) => rewriteVariable(variable, how));
  return out;
}

function rewriteElement(element: unknown, how: Rewriting): unknown {
  if (!isObject(element) || element['kind'] !== 'Panel') return element;
  const spec = specIn(element);
  const data = objectIn(spec, 'data');
  const viz = objectIn(spec, 'vizConfig');
  return {
    ...element,
    spec: {
      ...spec,
      ...(data ? { data: { ...data, spec: { ...specIn(data), queries: objectsOf(specIn(data)['queries']).map((query) => ({ ...query, spec: how.query(specIn(query)) })) } } } : {}),
      ...(viz ? { vizConfig: how.viz(viz) } : {}),
    },
  };
}

function rewriteVariable(variable: Json, how: Rewriting): Json {
  if (variable['kind'] === 'QueryVariable') return { ...variable, spec: how.query(specIn(variable)) };
  return variable['kind'] === 'AdhocVariable' || variable['kind'] === 'GroupByVariable' ? how.variableSource(variable) : variable;
}
