/**
 * The engine contract, its wrapper, and two engines for testing others: a reference engine and one
 * that injects faults.
 * @module
 */
export type {
  Capabilities,
  Column,
  ColumnType,
  Commit,
  Delete,
  Engine,
  Expect,
  Index,
  Key,
  Put,
  Row,
  Scalar,
  Scan,
  Table,
  Value,
} from './engine.ts';
export { OpenEngine } from './open-engine.ts';
export { faultEngine } from './fault/fault-engine.ts';
export type { FaultEngine, FaultState } from './fault/fault-engine.ts';
export type { Fault, FaultOptions, FaultPlan, WriteFault } from './fault/fault-plan.ts';
export { referenceEngine } from './reference/reference-engine.ts';
export { ConflictError, SkeinError } from '../shared/error.ts';
