export { type CallCount, type CallsToCount, countCalls } from './count-calls.ts';
export { pruneRateLimits } from './prune-rate-limits.sweep.ts';
