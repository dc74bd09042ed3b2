/** The calls of one kind by one caller since a window began, all of it at `ends_at` forgotten. */
export interface RateLimitsTable {
  /** The class, the procedure, and a keyed hash of who calls. */
  key: string;
  calls: number;
  ends_at: Date;
}

export interface RateLimitTables {
  rate_limits: RateLimitsTable;
}
