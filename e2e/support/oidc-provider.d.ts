/** The package brings no types; the test's provider uses its constructor and its callback only. */
declare module 'oidc-provider' {
  // biome-ignore lint/suspicious/noExplicitAny: untyped from outside.
  const Provider: any;
  export default Provider;
}
