import { memory } from '../../src/engines/memory/index.ts';
import { describeAccessMatrix } from './access-matrix.ts';
import { places } from './access-world.ts';

describeAccessMatrix('memory', places, memory);
