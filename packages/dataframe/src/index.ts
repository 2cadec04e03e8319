/** Public surface of the data frame package. */
export * from './frame.ts';
