export { SnapshotPage as default } from './given-page.tsx';
