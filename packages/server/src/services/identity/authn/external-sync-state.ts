/** What other parts ask about people who sign in from elsewhere (identity-and-access §4.1). */
export interface ExternalSync {
  /** Whether that module, as it is configured now, decides on org roles at every login. */
  roles(module: string): boolean;
  /** Whether it decides on the server administrator's flag too. */
  grafanaAdmin(module: string): boolean;
}
