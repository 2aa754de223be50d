"""every deck has a school"""
revision = "c1"
down_revision = "c0"
from alembic import op
import sqlalchemy as sa
from aside import aside


def upgrade():
    op.execute("UPDATE deck SET school = '' WHERE school IS NULL")
    with aside(), op.batch_alter_table("deck") as batch_op:
        batch_op.alter_column("school", existing_type=sa.String(), nullable=False)
