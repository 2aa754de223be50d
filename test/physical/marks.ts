import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { Timestamp } from '../../src/schema/index.ts';

/** A commit as its client knows it, in microseconds of the server's clock, which dates its commits: this process's own is some hundred off. Without `acknowledged` nobody was told that it is there. */
interface Mark {
  readonly writer: number;
  readonly n: number;
  readonly sent: bigint;
  acknowledged?: bigint;
}

/** Clients that commit without a pause, and note down outside of the database when they asked and when they were answered. */
export class Marks {
  readonly #marks: Mark[] = [];
  readonly #writers: Promise<void>[] = [];
  readonly #url: string;
  #isOver = false;

  constructor(url: string) {
    this.#url = url;
  }

  /** Makes the table and starts writers: of those with `keep` each commit's own time is compared as well. */
  async start(writers: number, pauseMs = 2): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url });
    await client.connect();
    await client.query('CREATE TABLE IF NOT EXISTS mark (writer int, n int, PRIMARY KEY (writer, n))');
    await client.end();
    this.#isOver = false;
    for (let writer = 0; writer < writers; writer++) this.#writers.push(this.#write(writer, pauseMs));
  }

  async #write(writer: number, pauseMs: number): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url });
    await client.connect();
    const first = this.#marks.filter((mark) => mark.writer === writer).length;
    for (let n = first; !this.#isOver; n++) {
      const mark: Mark = { writer, n, sent: await clockOf(client) };
      this.#marks.push(mark);
      await client.query('INSERT INTO mark VALUES ($1, $2)', [writer, n]);
      mark.acknowledged = await clockOf(client);
      await delay(pauseMs);
    }
    await client.end();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#writers.splice(0));
  }

  get count(): number {
    return this.#marks.length;
  }

  /** The server's own times of the commits of one writer, in order. */
  async commitTimes(writer: number): Promise<Timestamp[]> {
    return (
      await queryAll(
        this.#url,
        `SELECT (pg_xact_commit_timestamp(xmin) AT TIME ZONE 'UTC')::text AS at FROM mark WHERE writer = ${writer} ORDER BY n`,
      )
    ).map(({ at }) => Timestamp.parse(String(at)) as Timestamp);
  }

  /** Throws unless a database has exactly what was committed by a moment: all that was acknowledged by then, nothing that was asked for after it. */
  async assertExactly(url: string, moment: Timestamp): Promise<number> {
    const rows = await queryAll(url, 'SELECT writer, n FROM mark');
    const found = new Set(rows.map(({ writer, n }) => `${writer}/${n}`));
    for (const { writer, n, sent, acknowledged } of this.#marks) {
      const isThere = found.delete(`${writer}/${n}`);
      if (acknowledged !== undefined && acknowledged <= moment.micros)
        assert.ok(
          isThere,
          `${writer}/${n} was acknowledged ${moment.micros - acknowledged} µs before ${moment.text}, and is not there`,
        );
      if (sent > moment.micros)
        assert.ok(!isThere, `${writer}/${n} was asked for ${sent - moment.micros} µs after ${moment.text}, and is there`);
    }
    assert.deepEqual([...found], [], 'nothing is there that nobody wrote');
    return rows.length;
  }
}

async function clockOf(client: pg.Client): Promise<bigint> {
  const { rows } = await client.query("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::text AS now");
  return (Timestamp.parse(String(rows[0]?.now)) as Timestamp).micros;
}

export async function queryAll(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
