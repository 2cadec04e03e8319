import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const went: string[] = [];
vi.mock('@grafana/runtime', () => ({ locationService: { push: (to: string) => went.push(to), replace: (to: string) => went.push(`instead ${to}`), getLocation: () => ({ pathname: '/d/b/two', search: '?kiosk=true&from=now-1h' }) } }));
vi.mock('./navigation.ts', () => ({ localPath: (url: string) => url.replace('/sub', '') }));
const { notePlayedPath, pausePlaying, playingNow, startPlaying, step, stopPlaying } = await import('./player.ts');

beforeEach(() => {
  vi.useFakeTimers();
  went.length = 0;
  startPlaying({ name: 'Wall', everyMs: 5_000, urls: ['/sub/d/a/one', '/sub/d/b/two'], params: 'kiosk=true' });
});
afterEach(() => {
  stopPlaying();
  vi.useRealTimers();
});

test('dashboards are shown one after another, round and round', () => {
  vi.advanceTimersByTime(10_000);
  expect(went).toEqual(['instead /d/a/one?kiosk=true', '/d/b/two?kiosk=true', '/d/a/one?kiosk=true']);
  step(-1);
  expect(went.at(-1)).toBe('/d/b/two?kiosk=true');
});

test('a pause holds, and going on waits its time again', () => {
  pausePlaying(true);
  vi.advanceTimersByTime(60_000);
  expect(playingNow()?.at).toBe(0);
  pausePlaying(false);
  vi.advanceTimersByTime(5_000);
  expect(playingNow()?.at).toBe(1);
});

test('stopping gives the navigation back and keeps what else the address says', () => {
  stopPlaying();
  expect(went.at(-1)).toBe('instead /d/b/two?from=now-1h');
  vi.advanceTimersByTime(60_000);
  expect(playingNow()).toBeUndefined();
});

test('who goes elsewhere ends it; another address of the same dashboard does not', () => {
  notePlayedPath('/playlists/play/wall');
  notePlayedPath('/d/a/renamed');
  expect(playingNow()?.name).toBe('Wall');
  notePlayedPath('/alerting/list');
  expect(playingNow()).toBeUndefined();
});
