/** Step 16: rows of spans become a grid of 24 columns (dashboards-and-content §15.3). Pure. */
import { allPanels, type Json } from './document.ts';
import { isObject, numberOf, objectsOf, textOf } from '../../../util/json-value.ts';

const columns = 24;
const spanDefault = 4;
const rowHeightDefault = 250;
const rowHeightMin = 90;
const unitPixels = 38;

export function rowsToGrid(dashboard: Json): void {
  const rows = objectsOf(dashboard['rows']);
  delete dashboard['rows'];
  const panels = objectsOf(dashboard['panels']);
  dashboard['panels'] = panels;
  if (rows.length === 0) return;
  const withRows = rows.some((row) => row['collapse'] === true || row['showTitle'] === true || textOf(row['repeat']) !== '');
  let nextId = Math.max(0, ...[...allPanels(dashboard), ...rows.flatMap((row) => objectsOf(row['panels']))].map((panel) => numberOf(panel['id'], 0))) + 1;
  let y = 0;
  for (const row of rows) {
    if (row['repeatIteration']) continue;
    const height = gridHeight(row['height'] || rowHeightDefault);
    const collapsed = row['collapse'] === true;
    let rowPanel: Json | undefined;
    if (withRows) {
      rowPanel = {
        id: nextId++, type: 'row', title: textOf(row['title']), ...('collapse' in row ? { collapsed } : {}), ...(textOf(row['repeat']) ? { repeat: row['repeat'] } : {}),
        panels: [], gridPos: { x: 0, y, w: columns, h: height },
      };
      panels.push(rowPanel);
      y++;
    }
    const inRow = packRow(objectsOf(row['panels']), y, height);
    if (rowPanel && collapsed) rowPanel['panels'] = inRow.panels;
    else {
      panels.push(...inRow.panels);
      y = inRow.y + height;
    }
  }
}

/** Places a row's panels. `y` of the answer is where its last band begins. */
function packRow(rowPanels: Json[], start: number, height: number): { panels: Json[]; y: number } {
  /** Units filled in each column of the band. */
  let filled = new Array<number>(columns).fill(0);
  let y = start;
  for (const panel of rowPanels) {
    const width = Math.min(columns, Math.max(1, Math.floor(numberOf(Number(panel['span'] || spanDefault), spanDefault)) * 2));
    const tall = panel['height'] ? gridHeight(panel['height']) : height;
    if (panel['minSpan']) panel['minSpan'] = Math.min(columns, numberOf(Number(panel['minSpan']), 0) * 2);
    let place = freePlace(filled, height, width);
    if (!place) {
      y += height;
      filled = new Array<number>(columns).fill(0);
      place = { x: 0, y: 0 };
    }
    panel['gridPos'] = { x: place.x, y: y + place.y, w: width, h: tall };
    for (let column = place.x; column < Math.min(columns, place.x + width); column++) filled[column] = Math.max(filled[column]!, place.y + tall);
    delete panel['span'];
  }
  return { panels: rowPanels, y };
}

/** The run of columns at the right that have room left and do not rise to the left; undefined when it is too narrow. */
function freePlace(filled: readonly number[], height: number, width: number): { x: number; y: number } | undefined {
  let start = columns;
  while (start > 0 && filled[start - 1]! < height && (start === columns || filled[start - 1]! <= filled[start]!)) start--;
  if (columns - start < width) return undefined;
  return { x: start, y: Math.max(...filled.slice(start)) };
}

function gridHeight(height: unknown): number {
  const pixels = typeof height === 'string' ? Number.parseFloat(height) : numberOf(height, rowHeightDefault);
  return Math.ceil(Math.max(Number.isFinite(pixels) ? pixels : rowHeightDefault, rowHeightMin) / unitPixels);
}

/** Step 17: how many repeated panels stand side by side. */
export function minSpanToMaxPerRow(panel: Json): void {
  const minSpan = Number(panel['minSpan']);
  if (!panel['minSpan']) return;
  const most = columns / minSpan;
  const divisor = [24, 12, 8, 6, 4, 3, 2, 1].find((n) => n <= most);
  if (divisor !== undefined) panel['maxPerRow'] = divisor;
  delete panel['minSpan'];
}

export const isGridPos = (value: unknown): value is { x: number; y: number; w: number; h: number } => isObject(value);
