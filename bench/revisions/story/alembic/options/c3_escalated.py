"""reports can be escalated, a card has a front"""
revision = "c3"
down_revision = "c2"
from alembic import op
from aside import aside
from rebuild import rebuild

STATUS = "status IN ('PENDING', 'REVIEWED', 'UNDER_REVIEW', 'RESOLVED', 'DISMISSED', 'ESCALATED')"


def upgrade():
    # Given as types, the old enum's check stays beside the new one: the convention has made its name another than the type's.
    with rebuild("report") as batch_op:
        batch_op.drop_constraint(op.f("ck_report_status"), type_="check")
        batch_op.create_check_constraint(op.f("ck_report_status"), STATUS)
    with aside(["VIEW deck_size"]), rebuild("card") as batch_op:
        batch_op.create_check_constraint(op.f("ck_card_has_front"), "length(front) > 0")
