/** What the set-up of the run tells each test file. */
export type TestServer = {
  /** May create roles and databases; its database is not to be touched. */
  readonly superuserUrl: string;
  /** Unique to the run; begins the name of every database and role that the run makes. */
  readonly prefix: string;
  readonly templateDatabase: string;
  readonly ownerName: string;
  readonly applicationName: string;
  readonly passwords: { readonly owner: string; readonly application: string };
};

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer;
  }
}
