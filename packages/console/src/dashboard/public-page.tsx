export { PublicPage as default } from './given-page.tsx';
