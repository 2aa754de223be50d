import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Revision } from '../../src/revisions/revision.ts';
import type { Column } from '../../src/schema/column.ts';
import type { Index, Schema, Table } from '../../src/schema/table.ts';

/** The versions of Alembic and SQLAlchemy that this Python has, or `undefined` where it has none. */
export function alembicVersion(python: string): string | undefined {
  try {
    const program = 'import alembic, sqlalchemy; print(f"Alembic {alembic.__version__}, SQLAlchemy {sqlalchemy.__version__}")';
    return execFileSync(python, ['-c', program], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return undefined;
  }
}

const TYPES: Record<Column['type'], string> = {
  int32: 'sa.Integer()',
  int64: 'sa.Integer()',
  float64: 'sa.Float()',
  boolean: 'sa.Boolean()',
  text: 'sa.Text()',
  timestamp: 'sa.DateTime()',
  bytes: 'sa.LargeBinary()',
};

function columnText(name: string, column: Column): string {
  const fallback = column.default === undefined ? '' : `, server_default=sa.text(${JSON.stringify(literal(column.default))})`;
  return `sa.Column('${name}', ${TYPES[column.type]}, nullable=${column.isNullable ? 'True' : 'False'}${fallback})`;
}

const literal = (value: NonNullable<Column['default']>): string =>
  typeof value === 'string' ? `'${value}'` : String(Number(value));

function tableParts(table: Table): string[] {
  return [
    `'${table.name}'`,
    ...Object.entries(table.columns).map(([name, column]) => columnText(name, column)),
    `sa.PrimaryKeyConstraint('id')`,
    ...table.foreignKeys.map(
      (key) => `sa.ForeignKeyConstraint(['${key.columns[0]}'], ['${key.references.table}.id'], name='${key.name}')`,
    ),
    ...table.checks.map((check) => `sa.CheckConstraint('${String(check.expression)}', name='${check.name}')`),
  ];
}

const indexColumns = (index: Index): string =>
  index.columns.map((part) => (part.isDescending ? `sa.text('${part.name} DESC')` : `'${part.name}'`)).join(', ');

function upgradeText(revision: Revision): string[] {
  return revision.upgrade.flatMap((step): string[] => {
    if (step.kind === 'createTable') {
      return [
        `op.create_table(${tableParts(step.table).join(', ')})`,
        ...step.table.indexes.map((index) => `op.create_index('${index.name}', '${step.table.name}', [${indexColumns(index)}])`),
      ];
    }
    if (step.kind !== 'alterTable') throw new Error(`no Alembic text for ${step.kind}`);
    return step.changes.map((change) => {
      if (change.kind === 'addColumn') return `op.add_column('${step.table}', ${columnText(change.name, change.column)})`;
      if (change.kind === 'addIndex')
        return `op.create_index('${change.index.name}', '${step.table}', [${indexColumns(change.index)}])`;
      throw new Error(`no Alembic text for ${change.kind}`);
    });
  });
}

const ENVIRONMENT = `
from alembic import context
from sqlalchemy import engine_from_config, pool
from models import metadata

engine = engine_from_config(context.config.get_section(context.config.config_ini_section), prefix="sqlalchemy.", poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
`;

const TEMPLATE = `"""\${message}"""
revision = \${repr(up_revision)}
down_revision = \${repr(down_revision)}
from alembic import op
import sqlalchemy as sa
def upgrade():
    \${upgrades if upgrades else "pass"}
def downgrade():
    \${downgrades if downgrades else "pass"}
`;

/** Writes the same history and model as an Alembic project. */
export function writeAlembicProject(folder: string, database: string, history: readonly Revision[], model: Schema): void {
  mkdirSync(join(folder, 'migrations/versions'), { recursive: true });
  writeFileSync(
    join(folder, 'alembic.ini'),
    `[alembic]\nscript_location = ${folder}/migrations\nprepend_sys_path = ${folder}\nsqlalchemy.url = sqlite:///${database}\n`,
  );
  writeFileSync(join(folder, 'migrations/env.py'), ENVIRONMENT);
  writeFileSync(join(folder, 'migrations/script.py.mako'), TEMPLATE);
  for (const [i, revision] of history.entries()) {
    const before = history[i - 1];
    writeFileSync(
      join(folder, 'migrations/versions', `${revision.id}_${revision.name}.py`),
      `"""${revision.name}"""
revision = '${revision.id}'
down_revision = ${before === undefined ? 'None' : `'${before.id}'`}
from alembic import op
import sqlalchemy as sa

def upgrade():
    ${upgradeText(revision).join('\n    ')}

def downgrade():
    pass
`,
    );
  }
  writeFileSync(
    join(folder, 'models.py'),
    `import sqlalchemy as sa\nmetadata = sa.MetaData()\n${Object.values(model.tables)
      .flatMap((table) => [
        `t = sa.Table(${tableParts(table).toSpliced(1, 0, 'metadata').join(', ')})`,
        ...table.indexes.map(
          (index) =>
            `sa.Index('${index.name}', ${index.columns
              .map((part) => (part.isDescending ? `t.c.${part.name}.desc()` : `t.c.${part.name}`))
              .join(', ')})`,
        ),
      ])
      .join('\n')}\n`,
  );
}

/** Runs one Alembic command; throws with what it printed when it fails. */
export async function runAlembic(python: string, folder: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(python, ['-m', 'alembic', '-c', join(folder, 'alembic.ini'), ...args], {
    cwd: folder,
    maxBuffer: 1 << 24,
  });
  return stdout + stderr;
}
