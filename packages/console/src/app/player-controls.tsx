/** Next, previous, pause and stop of the playlist that is being shown. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { ToolbarButton, ToolbarButtonRow, useStyles2 } from '@grafana/ui';
import { useEffect, useSyncExternalStore } from 'react';
import { useLocation } from 'react-router-dom';
import { notePlayedPath, onPlaying, pausePlaying, playingNow, step, stopPlaying } from './player.ts';

export function PlayerControls() {
  const styles = useStyles2(stylesOf);
  const playing = useSyncExternalStore(onPlaying, playingNow);
  const { pathname } = useLocation();
  useEffect(() => notePlayedPath(pathname), [pathname]);
  if (!playing) return null;
  const { name, urls, at, paused } = playing;
  return (
    <section className={styles} aria-label={`Playlist ${name}`}>
      <ToolbarButtonRow>
        <ToolbarButton icon="step-backward" aria-label="Previous dashboard" tooltip="Previous dashboard" onClick={() => step(-1)} />
        <ToolbarButton icon={paused ? 'play' : 'pause'} aria-label={paused ? 'Go on' : 'Pause'} tooltip={paused ? 'Go on' : 'Pause'} onClick={() => pausePlaying(!paused)} />
        <ToolbarButton icon="square-shape" aria-label={`${at + 1} of ${urls.length}: stop playlist ${name}`} tooltip={`Stop ${name}`} onClick={stopPlaying}>{at + 1} of {urls.length}</ToolbarButton>
        <ToolbarButton icon="forward" aria-label="Next dashboard" tooltip="Next dashboard" onClick={() => step(1)} />
      </ToolbarButtonRow>
    </section>
  );
}

const stylesOf = (theme: GrafanaTheme2) => css({
  position: 'fixed', right: theme.spacing(2), bottom: theme.spacing(2), zIndex: theme.zIndex.navbarFixed, padding: theme.spacing(0.5), borderRadius: theme.shape.radius.default, background: theme.colors.background.elevated, boxShadow: theme.shadows.z3,
  opacity: 0.35, '&:hover, &:focus-within': { opacity: 1 },
});
