"""cards do without updated_at"""
revision = "c4"
down_revision = "c3"
from aside import aside
from rebuild import rebuild


def upgrade():
    with aside(["VIEW deck_size"]), rebuild("card") as batch_op:
        batch_op.drop_column("updated_at")
