import { z } from 'zod';

/** How many rows a page may have. */
export const pageLimit = z.int().min(1).max(100).default(20);

/** An opaque place in a list, given back to fetch the rows after it. */
export const cursor = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[A-Za-z0-9_-]+$/);
