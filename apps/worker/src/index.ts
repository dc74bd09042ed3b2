export {
  createWorker,
  type SweepCounts,
  type WakeSource,
  type Worker,
  type WorkerOptions,
} from './worker.ts';
