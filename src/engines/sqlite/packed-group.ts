import type { BoundStatement, Check, Write, WriteGroup } from './write-group.ts';

/**
 * A group on its way to another thread. It is copied value by value, so it is flat, and the text of
 * each statement crosses once: afterwards its number stands for it.
 *
 *   group      count, write*
 *   write      count, check*, count, statement*
 *   check      statement, expected
 *   statement  number, count, value*
 */
export interface PackedGroup {
  /** Texts that are new to the other side; they take the next numbers. */
  readonly texts: readonly string[];
  readonly values: readonly PackedValue[];
}

type PackedValue = string | number | null;

export class GroupPacker {
  readonly #numbers = new Map<string, number>();

  pack({ writes }: WriteGroup): PackedGroup {
    const texts: string[] = [];
    const values: PackedValue[] = [writes.length];
    const add = ({ sql, values: own }: BoundStatement): void => {
      let number = this.#numbers.get(sql);
      if (number === undefined) {
        number = this.#numbers.size;
        this.#numbers.set(sql, number);
        texts.push(sql);
      }
      values.push(number, own.length);
      for (const value of own) values.push(value);
    };
    for (const { checks, statements } of writes) {
      values.push(checks.length);
      for (const check of checks) {
        add(check);
        values.push(check.expected);
      }
      values.push(statements.length);
      for (const statement of statements) add(statement);
    }
    return { texts, values };
  }
}

export class GroupUnpacker {
  readonly #texts: string[] = [];

  unpack({ texts, values }: PackedGroup): WriteGroup {
    this.#texts.push(...texts);
    let at = 0;
    const count = (): number => values[at++] as number; // as packed
    const list = <T>(item: () => T): T[] => Array.from({ length: count() }, item);
    const statement = (): BoundStatement => {
      const sql = this.#texts[count()]!;
      const length = count();
      return { sql, values: values.slice(at, (at += length)) };
    };
    // As packed.
    const check = (): Check => ({ ...statement(), expected: values[at++] as number | null });
    return { writes: list((): Write => ({ checks: list(check), statements: list(statement) })) };
  }
}
