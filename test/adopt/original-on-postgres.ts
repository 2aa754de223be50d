import pg from 'pg';

/** The tables as the original's models make them on PostgreSQL (serial ids, times without a zone, native enums), with a few rows. */
export async function makeOriginalOnPostgres(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const times = 'created_at timestamp without time zone NOT NULL, updated_at timestamp without time zone NOT NULL';
  try {
    await client.query(`
      CREATE TYPE reporttype AS ENUM ('DECK', 'CARD');
      CREATE TYPE reportreason AS ENUM ('INAPPROPRIATE_CONTENT', 'SPAM', 'HARASSMENT', 'INCORRECT_INFORMATION', 'COPYRIGHT_VIOLATION', 'OTHER');
      CREATE TYPE reportstatus AS ENUM ('PENDING', 'REVIEWED', 'UNDER_REVIEW', 'RESOLVED', 'DISMISSED');
      CREATE TABLE "user" (id serial PRIMARY KEY, email varchar NOT NULL, username varchar NOT NULL, hashed_password varchar NOT NULL, is_active boolean NOT NULL, is_admin boolean NOT NULL, ${times});
      CREATE UNIQUE INDEX ix_user_email ON "user" (email);
      CREATE UNIQUE INDEX ix_user_username ON "user" (username);
      CREATE TABLE deck (id serial PRIMARY KEY, name varchar NOT NULL, description varchar, is_public boolean NOT NULL, school varchar, course varchar, professor varchar, year integer, ${times});
      CREATE INDEX ix_deck_name ON deck (name);
      CREATE TABLE card (id serial PRIMARY KEY, deck_id integer NOT NULL REFERENCES deck (id), front varchar NOT NULL, back varchar NOT NULL, ${times});
      CREATE TABLE deck_metadata (id serial PRIMARY KEY, deck_id integer NOT NULL REFERENCES deck (id), card_count integer NOT NULL, total_reviews integer NOT NULL, average_rating double precision, last_studied timestamp, ${times});
      CREATE TABLE user_deck (id serial PRIMARY KEY, user_id integer NOT NULL REFERENCES "user" (id), deck_id integer NOT NULL REFERENCES deck (id), is_owner boolean NOT NULL, is_favorite boolean NOT NULL, added_at timestamp NOT NULL, CONSTRAINT unique_user_deck UNIQUE (user_id, deck_id));
      CREATE TABLE report (id serial PRIMARY KEY, reporter_id integer NOT NULL REFERENCES "user" (id), report_type reporttype NOT NULL, content_id integer NOT NULL, reason reportreason NOT NULL, description varchar, status reportstatus NOT NULL, admin_notes varchar, reviewed_by integer REFERENCES "user" (id), reviewed_at timestamp, ${times});
      CREATE TABLE study_log (id serial PRIMARY KEY, user_id integer NOT NULL REFERENCES "user" (id), card_id integer NOT NULL REFERENCES card (id), reviewed_at timestamp NOT NULL, ease_factor double precision NOT NULL, interval integer NOT NULL, repetitions integer NOT NULL, last_rating integer, due_date timestamp NOT NULL, next_review timestamp NOT NULL, created_at timestamp NOT NULL);
      CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
      INSERT INTO "user" SELECT n, 'u' || n || '@x.de', 'user' || n, 'x', true, false, now(), now() FROM generate_series(1, 2) n;
      INSERT INTO deck VALUES (7, 'Völkerrecht', NULL, false, NULL, NULL, NULL, 2026, now(), now());
      INSERT INTO card SELECT n, 7, 'q', 'a', now(), now() FROM generate_series(3, 4) n;
      INSERT INTO report VALUES (1, 1, 'DECK', 7, 'SPAM', NULL, 'PENDING', NULL, NULL, NULL, now(), now());
      INSERT INTO study_log SELECT n, 1, 2 + n, '2026-03-08 02:30:00.123456', 2.6, 1, 1, 5, '2026-03-09 02:30:00.123456', '2026-03-09 02:30:00.123456', '2026-03-08 02:30:00.123456' FROM generate_series(1, 2) n;
    `);
  } finally {
    await client.end();
  }
}
