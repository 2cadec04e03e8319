/** A value of any shape, edited as JSON. What is typed is taken over once it can be read. */
import { Field, TextArea } from '@grafana/ui';
import { useState } from 'react';

export interface JsonTextProps {
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly label: string;
  readonly rows?: number;
  readonly description?: string;
}

export function JsonText({ value, onChange, label, rows = 8, description }: JsonTextProps) {
  const [text, setText] = useState(() => JSON.stringify(value ?? {}, null, 2));
  const [error, setError] = useState<string>();
  const take = () => {
    try {
      const read: unknown = JSON.parse(text);
      setError(undefined);
      if (JSON.stringify(read) !== JSON.stringify(value)) onChange(read);
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : 'This is not JSON');
    }
  };
  return (
    <Field label={label} description={description} invalid={error !== undefined} error={error} noMargin>
      <TextArea aria-label={label} value={text} rows={rows} spellCheck={false} style={{ fontFamily: 'monospace' }} onChange={(event) => setText(event.currentTarget.value)} onBlur={take} />
    </Field>
  );
}
