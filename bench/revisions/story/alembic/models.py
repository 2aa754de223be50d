"""The original application's tables with what grown databases have besides: a cascade, a check, an enum, AUTOINCREMENT, an expression index."""
import os

import sqlalchemy as sa

OPTIONS = os.environ.get("STORY_OPTIONS") == "1"
# How far the model is: autogenerate compares it with a database that is one change behind.
CHANGES = int(os.environ.get("STORY_CHANGES", "0"))

# "The Importance of Naming Constraints" of Alembic's documentation.
CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=CONVENTION) if OPTIONS else sa.MetaData()


def check(text, name):
    return sa.CheckConstraint(text, name=name) if OPTIONS else sa.CheckConstraint(text)


STATUS = ["PENDING", "REVIEWED", "UNDER_REVIEW", "RESOLVED", "DISMISSED"]

user = sa.Table(
    "user",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("email", sa.String, nullable=False, unique=True),
    sa.Column("username", sa.String, nullable=False, unique=True),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sqlite_autoincrement=True,
)

deck = sa.Table(
    "deck",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("is_public", sa.Boolean, nullable=False),
    sa.Column("school", sa.String, nullable=CHANGES < 1),
    sa.Column("academic_year", sa.String) if CHANGES >= 2 else sa.Column("year", sa.Integer),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("updated_at", sa.DateTime, nullable=False),
    check("length(name) > 0", "has_name"),
    sqlite_autoincrement=True,
)
sa.Index("ix_deck_school", deck.c.school)
sa.Index("ix_deck_name_lower", sa.func.lower(deck.c.name))

card = sa.Table(
    "card",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("deck_id", sa.Integer, sa.ForeignKey("deck.id", ondelete="CASCADE"), nullable=False),
    sa.Column("front", sa.String, nullable=False),
    sa.Column("back", sa.String, nullable=False),
    sa.Column("created_at", sa.DateTime, nullable=False),
    *([] if CHANGES >= 4 else [sa.Column("updated_at", sa.DateTime, nullable=False)]),
    *([check("length(front) > 0", "has_front")] if CHANGES >= 3 else []),
    sqlite_autoincrement=True,
)
sa.Index("ix_card_deck_id", card.c.deck_id)

study_log = sa.Table(
    "study_log",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("user_id", sa.Integer, sa.ForeignKey("user.id"), nullable=False),
    sa.Column("card_id", sa.Integer, sa.ForeignKey("card.id", ondelete="CASCADE"), nullable=False),
    sa.Column("reviewed_at", sa.DateTime, nullable=False),
    sa.Column("ease_factor", sa.Float, nullable=False),
    sqlite_autoincrement=True,
)
sa.Index("ix_study_log_card_id", study_log.c.card_id)

report = sa.Table(
    "report",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column(
        "reporter_id", sa.Integer, sa.ForeignKey("user.id", ondelete="CASCADE" if CHANGES >= 5 else None), nullable=False
    ),
    sa.Column("content_id", sa.Integer, nullable=False),
    sa.Column(
        "status",
        sa.Enum(*STATUS, *(["ESCALATED"] if CHANGES >= 3 else []), name="status", native_enum=False, create_constraint=True),
        nullable=False,
    ),
    sa.Column("description", sa.String),
    sqlite_autoincrement=True,
)
if CHANGES >= 5:
    sa.Index(
        "ux_report_pending",
        report.c.reporter_id,
        report.c.content_id,
        unique=True,
        sqlite_where=sa.text("status = 'PENDING'"),
    )

# No part of SQLAlchemy's metadata; every application with one writes it like this.
OTHERS = [
    """CREATE TRIGGER deck_touched AFTER INSERT ON card FOR EACH ROW BEGIN
         UPDATE deck SET updated_at = NEW.created_at WHERE id = NEW.deck_id; END""",
    """CREATE TRIGGER deck_renamed AFTER UPDATE OF name ON deck FOR EACH ROW BEGIN
         UPDATE deck SET updated_at = strftime('%Y-%m-%d %H:%M:%f000', 'now') WHERE id = NEW.id; END""",
    """CREATE VIEW deck_size AS SELECT d.id, d.name, count(c.id) AS cards
         FROM deck d LEFT JOIN card c ON c.deck_id = d.id GROUP BY d.id, d.name""",
]
