import type { StandardEditorProps } from '@grafana/data';
import { CodeMirrorEditor } from '@grafana/ui/unstable';
import { useEffect, useRef, useState } from 'react';

const settleMs = 400;

/** What is typed is taken over when the person pauses. */
export function TextContentEditor({ value, onChange, context }: StandardEditorProps<string, object, { readonly mode?: string }>) {
  const [text, setText] = useState(value ?? '');
  const told = useRef(value ?? '');
  useEffect(() => {
    if (value !== undefined && value !== told.current) {
      told.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => {
    if (text === told.current) return;
    const timer = setTimeout(() => {
      told.current = text;
      onChange(text);
    }, settleMs);
    return () => clearTimeout(timer);
  }, [text, onChange]);
  return <CodeMirrorEditor value={text} onChange={setText} height="240px" lineWrapping aria-label="Content" language={context.options?.mode === 'html' ? 'html' : 'markdown'} basicSetup={{ lineNumbers: false, foldGutter: false }} />;
}
