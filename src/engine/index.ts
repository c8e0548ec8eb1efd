/**
 * The engine contract, its wrapper, and the engines that prove others: a model and one that injects faults.
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
export { ConflictError, SkeinError } from '../shared/error.ts';
