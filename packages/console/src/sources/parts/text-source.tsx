/** Editor and class of sources whose query is one text. */
import type { DataQuery, DataSourceApi, QueryEditorProps } from '@grafana/data';
import { Stack } from '@grafana/ui';
import { JsonText } from '../../host/json-text.tsx';
import { CodeField } from './code-field.tsx';

// biome-ignore lint/suspicious/noExplicitAny: members depend on the source
type AnyQuery = DataQuery & Record<string, any>;

/** An editor of the member that holds the text; `more` are the members set with it when the query is new. */
export function textEditor(member: string, label: string, more: Record<string, unknown> = {}) {
  // biome-ignore lint/correctness/noComponentHookFactories: made once, when the module is loaded
  return function TextQueryEditor({ query, onChange, onRunQuery }: QueryEditorProps<DataSourceApi<AnyQuery>, AnyQuery>) {
    return (
      <Stack direction="column" gap={1}>
        <CodeField label={label} value={String(query[member] ?? '')} onChange={(text) => onChange({ ...more, ...query, [member]: text })} onRun={onRunQuery} />
      </Stack>
    );
  };
}

/** Any query as JSON, without what the page itself keeps in it. */
export function JsonQueryEditor({ query, onChange, onRunQuery }: QueryEditorProps<DataSourceApi<AnyQuery>, AnyQuery>) {
  const { refId, datasource, hide, key, ...own } = query;
  return (
    <JsonText
      label="Query as JSON" value={own}
      onChange={(value) => {
        onChange({ ...(value as AnyQuery), refId, ...(datasource ? { datasource } : {}), ...(hide === undefined ? {} : { hide }), ...(key === undefined ? {} : { key }) });
        onRunQuery();
      }}
    />
  );
}
