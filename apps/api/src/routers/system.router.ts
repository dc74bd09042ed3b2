import { noInput, noOutput } from '@errand-dash/contract';
import { publicProcedure, router } from '../trpc.ts';

/** What concerns the service itself. */
export const systemRouter = router({
  /** Nothing: to see that the service is reached and speaks. */
  ping: publicProcedure
    .input(noInput)
    .output(noOutput)
    .query(() => ({})),
});
