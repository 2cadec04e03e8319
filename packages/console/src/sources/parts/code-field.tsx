/** A few lines of a query language. Shift+Enter runs it; what is typed is taken over when it is left or run. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { CodeMirrorEditor, type CodeMirrorCompletionSource, type CodeMirrorEditorLanguage, type CodeMirrorSqlDialect } from '@grafana/ui/unstable';
import { useEffect, useState, type KeyboardEvent } from 'react';

export interface CodeFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onRun: () => void;
  readonly completion?: CodeMirrorCompletionSource;
  readonly language?: CodeMirrorEditorLanguage;
  readonly sqlDialect?: CodeMirrorSqlDialect;
  readonly height?: string;
}

const plain = { lineNumbers: false, foldGutter: false, highlightActiveLine: false, highlightActiveLineGutter: false } as const;

export function CodeField({ label, value, onChange, onRun, completion, language, sqlDialect, height = '68px' }: CodeFieldProps) {
  const styles = useStyles2(stylesOf);
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const take = () => text !== value && onChange(text);
  const run = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    take();
    // The new text reaches whoever runs the query with the next render.
    setTimeout(onRun);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the editor within is what is focused
    <div className={styles} onBlur={take} onKeyDownCapture={run}>
      <CodeMirrorEditor
        value={text} onChange={setText} height={height} lineWrapping aria-label={label} basicSetup={plain} indentWithTab={false} {...(language ? { language } : {})} {...(sqlDialect ? { sqlDialect } : {})}
        {...(completion ? { completionSources: [completion], completionMode: 'override' as const } : {})}
      />
    </div>
  );
}

const stylesOf = (theme: GrafanaTheme2) => css({ flex: 1, minWidth: 240, border: `1px solid ${theme.colors.border.medium}`, borderRadius: theme.shape.radius.default, overflow: 'hidden' });
