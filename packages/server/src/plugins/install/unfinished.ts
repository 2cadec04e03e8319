/** Folders that are still being filled begin so; they are no plugins. */
export const unfinishedPrefix = '.installing-';
