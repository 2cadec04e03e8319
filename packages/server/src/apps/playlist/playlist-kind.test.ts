import { examineKind } from '../../apiserver/examine-kind.ts';
import { playlistKind } from './playlist-kind.ts';

examineKind(playlistKind, {
  valid: { title: 'Morning', interval: '5m', items: [{ type: 'dashboard_by_tag', value: 'lobby' }] },
  changed: { title: 'Evening', interval: '10m', items: [] },
  invalid: { title: 'Wrong', items: 7 },
});
