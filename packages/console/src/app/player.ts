/** The playlist that is being shown, if any: which dashboard now, when the next. Whoever goes elsewhere by themselves stops it. */
import { locationService } from '@grafana/runtime';
import { localPath } from './navigation.ts';

export interface Played {
  readonly name: string;
  readonly everyMs: number;
  readonly urls: readonly string[];
  /** Of the address that it was started by: kiosk, a time range; every dashboard gets them. */
  readonly params: string;
}

export interface Playing extends Played {
  readonly at: number;
  readonly paused: boolean;
}

let playing: Playing | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

export const playingNow = (): Playing | undefined => playing;

export function onPlaying(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function set(next: Playing | undefined): void {
  playing = next;
  clearTimeout(timer);
  if (next && !next.paused) timer = setTimeout(() => step(1), next.everyMs);
  for (const listener of listeners) listener();
}

function show({ urls, at, params }: Playing, replace: boolean): void {
  const to = `${localPath(urls[at]!)}${params === '' ? '' : `?${params}`}`;
  if (replace) locationService.replace(to);
  else locationService.push(to);
}

export function startPlaying(played: Played): void {
  const next = { ...played, at: 0, paused: false };
  set(next);
  show(next, true);
}

/** The dashboards go round. */
export function step(by: 1 | -1): void {
  if (!playing) return;
  const next = { ...playing, at: (playing.at + by + playing.urls.length) % playing.urls.length };
  set(next);
  show(next, false);
}

export const pausePlaying = (paused: boolean): void => set(playing && { ...playing, paused });

/** Stays on the dashboard, with the navigation back. */
export function stopPlaying(): void {
  set(undefined);
  const { pathname, search } = locationService.getLocation();
  const params = new URLSearchParams(search);
  if (!params.has('kiosk')) return;
  params.delete('kiosk');
  locationService.replace(`${pathname}${params.size > 0 ? `?${params}` : ''}`);
}

/** An address that is not the shown dashboard's ends it. */
export function notePlayedPath(pathname: string): void {
  if (playing && !pathname.startsWith('/playlists/play/') && localPath(playing.urls[playing.at]!).split('/')[2] !== pathname.split('/')[2]) set(undefined);
}
