import type { SQL } from 'drizzle-orm';

/**
 * Drizzle conditions, all of which a row must meet. They may name columns of the rows' own table
 * and of `threads`. An `undefined`, such as Drizzle's own `and()` gives, is no condition.
 */
export type Conditions = readonly (SQL | undefined)[];
