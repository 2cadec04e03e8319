/** Public surface of the data frame package. Arrow is apart (`@belvedere/dataframe/arrow`): its library is heavy and few need it. */
export * from './frame.ts';
export * from './build.ts';
export * from './value.ts';
export * from './labels.ts';
export * from './frame-type.ts';
export * from './json-writer.ts';
export * from './json-reader.ts';
export * from './long-wide.ts';
