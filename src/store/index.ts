/**
 * The thread-first store: opens an engine and provides projects, threads, items and everything that
 * belongs to them.
 * @module
 */
export type * from '../api/project-api.ts';
export { createStore, type StoreOptions } from './create-store.ts';
export {
  copyStore,
  type CopyOptions,
  type CopyProgress,
  type CopyReport,
} from './copy/copy-store.ts';
export type { Digest } from './copy/row-digest.ts';
export type { CopyMismatch, Verification } from './copy/verify-copy.ts';
export { compactStore, doctor } from './doctor/doctor.ts';
export type { DoctorOptions, DoctorProblem, DoctorReport } from './doctor/doctor-report.ts';
export { migrateStore } from './migrate-store.ts';
export type { Project, Store } from './store.ts';
export { can } from '../domain/access/can.ts';
export { RunFailure } from '../shared/run-failure.ts';
export { MigrationsPendingError, type Migration } from '../shared/migration.ts';
export { ConflictError, SkeinError, type ErrorCode, type Issue } from '../shared/error.ts';
export type { JsonObject, JsonValue } from '../shared/json.ts';
