/** What the time is, for code outside a command. A command's time is the database's, given in its context. */
export type Clock = () => Promise<Date>;

/** A later instant: `after(now, policy.errand.confirmWithinSeconds)`. */
export const after = (instant: Date, seconds: number): Date => new Date(instant.getTime() + seconds * 1000);
