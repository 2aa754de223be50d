"""reports go with their reporter; one pending report of a content"""
revision = "c5"
down_revision = "c4"
from alembic import op
import sqlalchemy as sa


def upgrade():
    with op.batch_alter_table("report") as batch_op:
        batch_op.drop_constraint("fk_report_reporter_id_user", type_="foreignkey")
        batch_op.create_foreign_key("fk_report_reporter_id_user", "user", ["reporter_id"], ["id"], ondelete="CASCADE")
    op.create_index("ux_report_pending", "report", ["reporter_id", "content_id"], unique=True, sqlite_where=sa.text("status = 'PENDING'"))
