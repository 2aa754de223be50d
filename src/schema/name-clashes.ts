import { derivedName, MAX_BYTES, objectName } from './name.ts';

interface Named {
  readonly name: string;
}

/** The parts of a schema that have names. */
interface NamedParts {
  readonly tables: Readonly<
    Record<
      string,
      Named & {
        readonly columns: Readonly<Record<string, { readonly isGenerated: boolean }>>;
        readonly indexes: readonly Named[];
        readonly uniques: readonly Named[];
        readonly foreignKeys: readonly Named[];
        readonly checks: readonly Named[];
        readonly triggers: readonly Named[];
      }
    >
  >;
  readonly views: readonly Named[];
}

/** Names that must differ from each other, and who has them. */
class NameSpace {
  readonly #taken = new Map<string, string>();

  /** Throws when the name is taken, too long, or one that SQLite keeps for itself. */
  take(name: string, owner: string): void {
    if (name === '') throw new Error(`${owner} has no name`);
    if (Buffer.byteLength(name) > MAX_BYTES) {
      throw new Error(
        `${owner} has a name of ${Buffer.byteLength(name)} bytes, PostgreSQL cuts it off after ${MAX_BYTES}: ${name}. objectName() makes one that fits: ${objectName(name)}`,
      );
    }
    if (/^sqlite_/i.test(name))
      throw new Error(`${owner} is called ${name}: SQLite keeps names that begin with sqlite_ for itself`);
    // SQLite takes two names that differ only in case for one.
    const before = this.#taken.get(name.toLowerCase());
    if (before !== undefined) throw new Error(`${owner} and ${before} are both called ${name}`);
    this.#taken.set(name.toLowerCase(), owner);
  }
}

/**
 * Throws on names that one of the engines would refuse, cut off or take for another. Tables, views, indexes, unique constraints, primary
 * keys and sequences share one name space (PostgreSQL), triggers another (SQLite); constraints and columns have one in each table.
 */
export function refuseNameClashes({ tables, views }: NamedParts): void {
  const relations = new NameSpace();
  const triggers = new NameSpace();
  for (const table of Object.values(tables)) relations.take(table.name, `table ${table.name}`);
  for (const view of views) relations.take(view.name, `view ${view.name}`);
  for (const table of Object.values(tables)) {
    const of = `of ${table.name}`;
    const columns = new NameSpace();
    const constraints = new NameSpace();
    const key = derivedName.primaryKey(table.name);
    relations.take(key, `the primary key ${of}`);
    constraints.take(key, `the primary key ${of}`);
    for (const [name, column] of Object.entries(table.columns)) {
      columns.take(name, `a column ${of}`);
      constraints.take(derivedName.valueCheck(table.name, name), `the check of column ${name} ${of}`);
      if (column.isGenerated) relations.take(derivedName.sequence(table.name, name), `the sequence of column ${name} ${of}`);
    }
    for (const index of table.indexes) relations.take(index.name, `an index ${of}`);
    for (const unique of table.uniques) {
      relations.take(unique.name, `a unique constraint ${of}`);
      constraints.take(unique.name, `a unique constraint ${of}`);
    }
    for (const foreignKey of table.foreignKeys) constraints.take(foreignKey.name, `a foreign key ${of}`);
    for (const check of table.checks) constraints.take(check.name, `a check ${of}`);
    for (const trigger of table.triggers) triggers.take(trigger.name, `a trigger ${of}`);
  }
}
