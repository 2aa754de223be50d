"""Batch mode with what Alembic's documentation recommends: every constraint has a name (models.py), AUTOINCREMENT by table_kwargs."""
from alembic import op


def rebuild(table):
    return op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True})
