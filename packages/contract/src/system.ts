import { z } from 'zod';

/** The input of a procedure that takes nothing: left out, or `{}`. */
export const noInput = z.strictObject({}).default({});

/** The answer of a procedure that has nothing to tell. */
export const noOutput = z.strictObject({});
