/** Which results are drawn how. */
import { FieldType, type DataFrame } from '@grafana/data';

export type Drawing = 'graph' | 'table' | 'logs' | 'trace' | 'nodeGraph';

const isGraph = ({ fields }: DataFrame) => fields.some(({ type }) => type === FieldType.time) && fields.some(({ type }) => type === FieldType.number);
const isLogs = ({ meta, fields }: DataFrame) => (meta?.type as string | undefined) === 'log-lines' || (fields.some(({ name, type }) => type === FieldType.string && /^(line|message|body|content)$/i.test(name)) && fields.some(({ type }) => type === FieldType.time) && !fields.some(({ type }) => type === FieldType.number));

/** By what the source prefers; else by what the frame looks like. A graph's numbers are in a table as well. */
export function drawingsOf(frames: readonly DataFrame[]): Readonly<Record<Drawing, readonly DataFrame[]>> {
  const drawn: Record<Drawing, DataFrame[]> = { graph: [], table: [], logs: [], trace: [], nodeGraph: [] };
  for (const frame of frames) {
    const preferred = frame.meta?.preferredVisualisationType as string | undefined;
    if (preferred === 'graph' || preferred === 'table' || preferred === 'logs' || preferred === 'trace' || preferred === 'nodeGraph') drawn[preferred].push(frame);
    else if (isLogs(frame)) drawn.logs.push(frame);
    else if (isGraph(frame)) drawn.graph.push(frame);
    else drawn.table.push(frame);
  }
  return drawn;
}
