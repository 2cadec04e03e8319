/** Text that people wrote: Markdown, HTML or code. What is written is sanitized before it is shown. */
import { css } from '@emotion/css';
import { PanelPlugin, renderTextPanelMarkdown, textUtil, type GrafanaTheme2, type PanelProps } from '@grafana/data';
import { config } from '@grafana/runtime';
import type { CodeLanguage, Options } from '@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen';
import { useStyles2 } from '@grafana/ui';
import { CodeMirrorEditor, type CodeMirrorEditorLanguage } from '@grafana/ui/unstable';
import { useMemo } from 'react';
import { TextContentEditor } from './text-content-editor.tsx';

const highlighted: readonly string[] = ['go', 'html', 'json', 'markdown', 'sql', 'typescript', 'xml', 'yaml'];
const nothing = () => undefined;

export function TextPanel({ options, replaceVariables, width, height }: PanelProps<Options>) {
  const styles = useStyles2(stylesOf);
  const { content = '', mode = 'markdown', code } = options as Omit<Options, 'mode'> & { readonly mode: string };
  const unsanitized = config.disableSanitizeHtml === true;
  // With each drawing: what variables stand for changes while the text stays.
  const written = mode === 'code' ? '' : replaceVariables(content, {}, unsanitized ? 'text' : 'html');
  const html = useMemo(() => {
    if (mode === 'html') return unsanitized ? written : textUtil.sanitizeTextPanelContent(written);
    return mode === 'code' ? '' : renderTextPanelMarkdown(written, { noSanitize: unsanitized });
  }, [written, mode, unsanitized]);
  if (mode === 'code') {
    const language = code?.language as CodeLanguage | undefined;
    return (
      <div style={{ width, height, overflow: 'hidden' }}>
        <CodeMirrorEditor
          value={replaceVariables(content)} onChange={nothing} readOnly height={`${height}px`} aria-label="Code" lineWrapping basicSetup={{ lineNumbers: code?.showLineNumbers === true, foldGutter: false }}
          {...(language && highlighted.includes(language) ? { language: language as unknown as CodeMirrorEditorLanguage } : {})}
        />
      </div>
    );
  }
  // biome-ignore lint/security/noDangerouslySetInnerHtml: sanitized above, unless the administrator turned that off
  return <div className={styles} dangerouslySetInnerHTML={{ __html: html }} />;
}

const stylesOf = (theme: GrafanaTheme2) => css({
  height: '100%', overflow: 'auto', overflowWrap: 'anywhere', '& > :first-child': { marginTop: 0 }, '& h1, & h2, & h3, & h4': { margin: theme.spacing(2, 0, 1) }, '& p, & ul, & ol, & pre, & table': { marginBottom: theme.spacing(1.5) },
  '& ul, & ol': { paddingLeft: theme.spacing(3) }, '& a': { color: theme.colors.text.link, '&:hover': { textDecoration: 'underline' } },
  '& table': { borderCollapse: 'collapse' }, '& th, & td': { border: `1px solid ${theme.colors.border.medium}`, padding: theme.spacing(0.5, 1) }, '& img': { maxWidth: '100%' },
  '& code': { background: theme.colors.background.canvas, border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default, padding: '1px 4px' },
  '& pre': { padding: theme.spacing(1), background: theme.colors.background.canvas, overflow: 'auto', '& code': { border: 0, padding: 0 } },
  '& blockquote': { borderLeft: `4px solid ${theme.colors.border.strong}`, paddingLeft: theme.spacing(1.5), color: theme.colors.text.secondary },
});

const firstText = '# Title\n\nFor markdown syntax help: [commonmark.org/help](https://commonmark.org/help/)\n';
const languages = ['plaintext', 'go', 'html', 'json', 'markdown', 'sql', 'typescript', 'xml', 'yaml'];

export const plugin = new PanelPlugin<Options>(TextPanel)
  .setPanelOptions((builder) => {
    const category = ['Text'];
    const isCode = ({ mode }: Options) => (mode as string) === 'code';
    builder
      .addRadio({ path: 'mode', name: 'Mode', category, defaultValue: 'markdown' as never, settings: { options: [{ value: 'markdown', label: 'Markdown' }, { value: 'html', label: 'HTML' }, { value: 'code', label: 'Code' }] as never } })
      .addSelect({ path: 'code.language', name: 'Language', category, defaultValue: 'plaintext' as never, settings: { options: languages.map((value) => ({ value, label: value })) as never }, showIf: isCode })
      .addBooleanSwitch({ path: 'code.showLineNumbers', name: 'Show line numbers', category, defaultValue: false, showIf: isCode })
      .addCustomEditor({ id: 'content', path: 'content', name: 'Content', category, editor: TextContentEditor, defaultValue: firstText });
  });
