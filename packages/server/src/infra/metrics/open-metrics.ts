/** Prometheus text as OpenMetrics: families of counters are named without `_total`, their samples with it; no empty lines, an end. */

export const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export function openMetricsText(text: string): string {
  const lines: string[] = [];
  let help = '';
  let counter = '';
  for (const line of text.split('\n')) {
    if (line === '') continue;
    if (line.startsWith('# HELP ')) {
      // Its name depends on the type, which comes next.
      help = line;
      continue;
    }
    if (line.startsWith('# TYPE ')) {
      const [, , name = '', type = ''] = line.split(' ');
      counter = type === 'counter' ? name : '';
      const family = counter.endsWith('_total') ? counter.slice(0, -'_total'.length) : name;
      if (help !== '') lines.push(help.replace(`# HELP ${name}`, `# HELP ${family}`));
      help = '';
      lines.push(`# TYPE ${family} ${type}`);
      continue;
    }
    lines.push(counter !== '' && !counter.endsWith('_total') && line.startsWith(counter) ? `${counter}_total${line.slice(counter.length)}` : line);
  }
  return `${lines.join('\n')}\n# EOF\n`;
}

/** Without the families of which nothing has been seen yet, as scrapers know it: a family appears with its first sample. */
export const withoutEmptyFamilies = (text: string): string =>
  text.split('\n\n').filter((family) => family.split('\n').some((line) => line !== '' && !line.startsWith('#'))).join('\n\n');
