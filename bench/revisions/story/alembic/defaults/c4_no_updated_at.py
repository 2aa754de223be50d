"""cards do without updated_at"""
revision = "c4"
down_revision = "c3"
from alembic import op
from aside import aside


def upgrade():
    with aside(["VIEW deck_size"]), op.batch_alter_table("card") as batch_op:
        batch_op.drop_column("updated_at")
