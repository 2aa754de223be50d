"""deck.year is deck.academic_year, a text"""
revision = "c2"
down_revision = "c1"
import sqlalchemy as sa
from aside import aside
from rebuild import rebuild


def upgrade():
    with aside(), rebuild("deck") as batch_op:
        batch_op.alter_column("year", new_column_name="academic_year", existing_type=sa.Integer(), type_=sa.String())
