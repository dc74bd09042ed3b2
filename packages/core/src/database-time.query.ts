import { query } from './query.ts';

/** The time of the next command, which tells besides that the database answers and lets the application work. */
export const databaseTime = query(
  'system.databaseTime',
  async (_db, _input: Record<string, never>, { now }): Promise<Date> => now,
);
