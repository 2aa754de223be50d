"""the tables as they are"""
revision = "c0"
down_revision = None
from alembic import op
from models import OTHERS, metadata


def upgrade():
    metadata.create_all(op.get_bind())
    for sql in OTHERS:
        op.execute(sql)
