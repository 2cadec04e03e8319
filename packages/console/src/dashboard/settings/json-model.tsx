import { Alert, Button, ClipboardButton, Stack } from '@grafana/ui';
import { CodeMirrorEditor, type CodeMirrorEditorLanguage } from '@grafana/ui/unstable';
import { useState } from 'react';
import type { DashboardJson } from '../model.ts';
import { readDashboard } from './dashboard-problems.ts';

const json = 'json' as unknown as CodeMirrorEditorLanguage;

/** The dashboard as it is kept; what is typed is checked before it is used. */
export function JsonModel({ dashboard, mayChange, onChange }: { readonly dashboard: DashboardJson; readonly mayChange: boolean; readonly onChange: (dashboard: DashboardJson) => void }) {
  const [text, setText] = useState(() => JSON.stringify(dashboard, null, 2));
  const [problems, setProblems] = useState<readonly string[]>([]);
  const [applied, setApplied] = useState(false);
  const apply = () => {
    const read = readDashboard(text);
    setProblems(read.problems);
    setApplied(read.dashboard !== undefined);
    if (read.dashboard) onChange(read.dashboard as unknown as DashboardJson);
  };
  return (
    <Stack direction="column" gap={1}>
      {problems.length > 0 && <Alert severity="error" title="This cannot be used"><ul>{problems.slice(0, 10).map((problem) => <li key={problem}>{problem}</li>)}</ul>{problems.length > 10 && <p>and {problems.length - 10} more</p>}</Alert>}
      {applied && <Alert severity="success" title="Applied. Save the dashboard to keep it." onRemove={() => setApplied(false)} />}
      <CodeMirrorEditor value={text} onChange={setText} readOnly={!mayChange} height="60vh" language={json} aria-label="JSON model" />
      <Stack gap={1}>{mayChange && <Button onClick={apply}>Apply</Button>}<ClipboardButton variant="secondary" icon="copy" getText={() => text}>Copy</ClipboardButton></Stack>
    </Stack>
  );
}
