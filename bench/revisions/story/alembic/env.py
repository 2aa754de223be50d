"""The environment of both Alembic projects of the story. STORY_OPTIONS=1 takes what Alembic's documentation recommends for SQLite."""
import os

import sqlalchemy as sa
from alembic import context
from models import metadata

OPTIONS = os.environ.get("STORY_OPTIONS") == "1"
engine = sa.create_engine(context.config.get_main_option("sqlalchemy.url"), poolclass=sa.pool.NullPool)


# As SQLAlchemy's documentation says ("Foreign Key Support" of the SQLite dialect); the application has the same listener.
@sa.event.listens_for(engine, "connect")
def enforce_foreign_keys(connection, _):
    # "Dealing with Referencing Foreign Keys" of Alembic's page on batch mode: off while tables are moved and copied.
    connection.execute("PRAGMA foreign_keys=" + ("OFF" if OPTIONS else "ON"))


with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
