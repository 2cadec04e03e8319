/** Entries of an RSS or Atom feed. The browser asks for it, so the feed's server must allow that. */
import { css } from '@emotion/css';
import { dateTimeFormat, PanelPlugin, textUtil, type GrafanaTheme2, type PanelProps } from '@grafana/data';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/news/panelcfg/x/NewsPanelCfg_types.gen';
import { Alert, LoadingPlaceholder, useStyles2 } from '@grafana/ui';
import { useLoaded } from '../../api/client.ts';
import { NoData } from '../parts/no-data.tsx';

interface Entry {
  readonly title: string;
  readonly link: string;
  readonly date: string;
  readonly text: string;
}

function entriesOf(xml: string): readonly Entry[] {
  const document = new DOMParser().parseFromString(xml, 'text/xml');
  if (document.querySelector('parsererror')) throw new Error('The feed is not well-formed XML');
  return [...document.querySelectorAll('item, entry')].map((item) => {
    const text = (...names: readonly string[]) => names.map((name) => item.querySelector(name)?.textContent?.trim()).find((one) => one) ?? '';
    const plain = new DOMParser().parseFromString(text('description', 'summary', 'content'), 'text/html').body.textContent ?? '';
    return { title: text('title'), link: item.querySelector('link')?.getAttribute('href') ?? text('link'), date: text('pubDate', 'published', 'updated'), text: plain.slice(0, 400) };
  });
}

export function NewsPanel({ options }: PanelProps<Options>) {
  const styles = useStyles2(stylesOf);
  const { feedUrl = '' } = options;
  const feed = useLoaded(async () => (feedUrl === '' ? [] : entriesOf(await (await fetch(feedUrl)).text())), feedUrl);
  if (feedUrl === '') return <NoData text="Give the address of a feed in the options of this panel" />;
  if (feed.error) return <Alert severity="error" title="The feed could not be read">{feed.error}. Its server must allow requests of other sites.</Alert>;
  if (!feed.value) return <LoadingPlaceholder text="Loading" />;
  return (
    <div className={styles}>
      {feed.value.map((entry) => (
        <article key={entry.link || entry.title}>
          {entry.date && !Number.isNaN(Date.parse(entry.date)) && <time>{dateTimeFormat(Date.parse(entry.date), { format: 'YYYY-MM-DD' })}</time>}
          <h3><a href={textUtil.sanitizeUrl(entry.link)} target="_blank" rel="noopener noreferrer">{entry.title}</a></h3>
          <p>{entry.text}</p>
        </article>
      ))}
    </div>
  );
}

const stylesOf = (theme: GrafanaTheme2) => css({ height: '100%', overflow: 'auto', '& article': { padding: theme.spacing(1, 0), borderBottom: `1px solid ${theme.colors.border.weak}` }, '& h3': { fontSize: theme.typography.h5.fontSize, margin: theme.spacing(0.5, 0) }, '& time': { color: theme.colors.text.secondary }, '& a': { color: theme.colors.text.link } });

export const plugin = new PanelPlugin<Options>(NewsPanel).setPanelOptions((builder) => {
  builder.addTextInput({ path: 'feedUrl', name: 'URL', description: 'Of an RSS or Atom feed', settings: { placeholder: 'https://…' } });
});
