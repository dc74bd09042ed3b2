/** An instant as messages say it: in UTC and said to be, for nobody knows where it is read. */
export const instantText = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
