"""reports can be escalated, a card has a front"""
revision = "c3"
down_revision = "c2"
from alembic import op
import sqlalchemy as sa
from aside import aside

OLD = sa.Enum("PENDING", "REVIEWED", "UNDER_REVIEW", "RESOLVED", "DISMISSED", name="status", native_enum=False, create_constraint=True)
NEW = sa.Enum(
    "PENDING", "REVIEWED", "UNDER_REVIEW", "RESOLVED", "DISMISSED", "ESCALATED", name="status", native_enum=False, create_constraint=True
)


def upgrade():
    with op.batch_alter_table("report") as batch_op:
        batch_op.alter_column("status", existing_type=OLD, type_=NEW, existing_nullable=False)
    with aside(["VIEW deck_size"]), op.batch_alter_table("card") as batch_op:
        batch_op.create_check_constraint("has_front", "length(front) > 0")
