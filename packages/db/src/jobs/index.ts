export { type MigrateJobs, migrateJobs } from './migrate-jobs.ts';
export {
  createWakeReceiver,
  createWakeSender,
  type WakeReceiver,
  type WakeSender,
  type WakeUpOptions,
} from './wake-ups.ts';
