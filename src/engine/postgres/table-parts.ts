import { expression, linesAbout, listed, quoted } from '../../schema/form.ts';
import { catalogQuery } from '../catalog-query.ts';
import type { Connection } from '../engine.ts';
import { ASIDE_PREFIX, DERIVED_PREFIX, MOVE_PREFIX, PARTITION_SCHEMA } from '../schema-form.ts';

/** What the queries about the parts of tables are asked with. */
export interface Reader {
  readonly connection: Connection;
  /** The numbers of the relations, as PostgreSQL reads an array. */
  readonly oids: string;
}

/** Arrays are read as JSON text: the connection decodes no array types. */
export const parse = (value: unknown): string[] => JSON.parse(String(value)) as string[];
const namesOf = (numbers: string, relation: string): string =>
  `(SELECT json_agg(a.attname ORDER BY x.n)::text FROM unnest(${numbers}) WITH ORDINALITY x(num, n) JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = x.num)`;

/** The columns an index `x` carries beside its keys. */
const CARRIED = `(SELECT json_agg(a.attname ORDER BY p.n)::text FROM generate_series(x.indnkeyatts + 1, x.indnatts) p(n)
  JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[p.n - 1])`;

const ACTIONS: Readonly<Record<string, string>> = { c: 'cascade', n: 'set null', d: 'set default', r: 'restrict' };

export async function constraints({ connection, oids }: Reader): Promise<string[]> {
  const rows = await catalogQuery(
    connection,
    {
      owner: 'o.relname',
      name: 'k.conname',
      kind: 'k.contype::text',
      target: 'f.relname',
      isValid: 'k.convalidated',
      isDeferrable: 'k.condeferrable',
      isDeferred: 'k.condeferred',
      match: 'k.confmatchtype::text',
      onDelete: 'k.confdeltype::text',
      onUpdate: 'k.confupdtype::text',
      isInherited: 'NOT k.connoinherit',
      own: namesOf('k.conkey', 'k.conrelid'),
      others: namesOf('k.confkey', 'k.confrelid'),
      condition: `CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END`,
      isNullEqual: 'x.indnullsnotdistinct',
      carried: `CASE WHEN k.contype = 'u' THEN ${CARRIED} END`,
      definition: `CASE WHEN k.contype = 'x' THEN pg_get_constraintdef(k.oid) END`,
    },
    `FROM pg_constraint k JOIN pg_class o ON o.oid = k.conrelid LEFT JOIN pg_class f ON f.oid = k.confrelid
       LEFT JOIN pg_index x ON x.indexrelid = k.conindid AND k.contype = 'u'
      WHERE k.conrelid = ANY($1::oid[]) AND k.contype IN ('p', 'u', 'f', 'c', 'x')`,
    [oids],
  );
  return rows.map((row) => {
    const about = linesAbout(String(row.owner));
    const name = String(row.name);
    const when = [
      ...(row.isDeferrable === true ? ['deferrable'] : []),
      ...(row.isDeferred === true ? ['initially deferred'] : []),
      ...(row.isValid === true ? [] : ['not valid']),
    ];
    switch (row.kind) {
      case 'p':
        return about.primaryKey(name, listed(parse(row.own)), when.join(' '));
      case 'u':
        return about.unique(
          name,
          listed(parse(row.own)),
          [...(row.isNullEqual === true ? ['nulls not distinct'] : []), ...included(row.carried), ...when].join(' '),
        );
      case 'x':
        return `${quoted(String(row.owner))} exclusion ${quoted(name)} ${expression(String(row.definition))}`;
      case 'c':
        return about.check(
          name,
          expression(String(row.condition)),
          [...(row.isInherited === true ? [] : ['no inherit']), ...when].join(' '),
        );
      default: {
        const onDelete = ACTIONS[String(row.onDelete)];
        const onUpdate = ACTIONS[String(row.onUpdate)];
        return about.foreignKey({
          name,
          columns: parse(row.own),
          table: String(row.target),
          to: parse(row.others),
          ...(onDelete === undefined ? {} : { onDelete }),
          ...(onUpdate === undefined ? {} : { onUpdate }),
          more: [...(row.match === 'f' ? ['match full'] : []), ...when].join(' '),
        });
      }
    }
  });
}

const included = (carried: unknown): string[] => (carried === null ? [] : [`include ${listed(parse(carried))}`]);

/** An expression has a collation of its own; the definition says only one that is not that. */
const saysCollation = (definition: string, text: string): boolean =>
  definition.includes(`${text} COLLATE `) || definition.includes(`${text}) COLLATE `);

export async function indexes({ connection, oids }: Reader): Promise<string[]> {
  const rows = await catalogQuery(
    connection,
    {
      owner: 'o.relname',
      name: 'i.relname',
      isUnique: 'x.indisunique',
      isValid: 'x.indisvalid',
      condition: 'pg_get_expr(x.indpred, x.indrelid)',
      method: 'm.amname',
      isNullEqual: 'x.indnullsnotdistinct',
      carried: CARRIED,
      definition: 'CASE WHEN x.indexprs IS NOT NULL THEN pg_get_indexdef(x.indexrelid) END',
      parts: `(SELECT json_agg(json_build_array(a.attname, CASE WHEN a.attname IS NULL THEN pg_get_indexdef(x.indexrelid, p.n::int, false) END, x.indoption[p.n - 1],
                 CASE WHEN x.indcollation[p.n - 1] NOT IN (0, coalesce(nullif(a.attcollation, 0), 100)) THEN (SELECT co.collname FROM pg_collation co WHERE co.oid = x.indcollation[p.n - 1]) END,
                 CASE WHEN NOT k.opcdefault THEN k.opcname END) ORDER BY p.n)::text
               FROM generate_series(1, x.indnkeyatts) p(n)
               LEFT JOIN pg_opclass k ON k.oid = x.indclass[p.n - 1]
               LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[p.n - 1] AND x.indkey[p.n - 1] <> 0)`,
    },
    `FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class o ON o.oid = x.indrelid JOIN pg_am m ON m.oid = i.relam
      WHERE x.indrelid = ANY($1::oid[]) AND NOT starts_with(i.relname, '${DERIVED_PREFIX}') AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))`,
    [oids],
  );
  return rows.map((row) => {
    const parts = JSON.parse(String(row.parts)) as [string | null, string | null, number, string | null, string | null][];
    const definition = String(row.definition);
    return linesAbout(String(row.owner)).index(String(row.name), {
      isUnique: row.isUnique === true,
      parts: parts.map(
        ([column, text, options, collation, operators]) =>
          (column === null ? expression(text ?? '') : quoted(column)) +
          (collation === null || (column === null && !saysCollation(definition, text ?? ''))
            ? ''
            : ` collate ${quoted(collation)}`) +
          (operators === null ? '' : ` ${operators}`) +
          (['', ' desc nulls last', ' nulls first', ' desc'][options] ?? ''),
      ),
      ...(row.condition === null ? {} : { where: expression(String(row.condition)) }),
      more: [
        ...(row.method === 'btree' ? [] : [`using ${String(row.method)}`]),
        ...(row.isNullEqual === true ? ['nulls not distinct'] : []),
        ...included(row.carried),
        ...(row.isValid === true ? [] : ['INVALID']),
      ].join(' '),
    });
  });
}

/** A trigger with the body of its function: without it, the line would not change when what it does changes. */
export async function triggers({ connection, oids }: Reader): Promise<string[]> {
  const rows = await catalogQuery(
    connection,
    {
      owner: 'o.relname',
      name: 't.tgname',
      definition: 'pg_get_triggerdef(t.oid, true)',
      body: 'p.prosrc',
      language: 'l.lanname',
      state: 't.tgenabled::text',
    },
    `FROM pg_trigger t JOIN pg_class o ON o.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang
      WHERE t.tgrelid = ANY($1::oid[]) AND NOT t.tgisinternal AND NOT starts_with(t.tgname, '${MOVE_PREFIX}') AND NOT starts_with(t.tgname, '${PARTITION_SCHEMA}')`,
    [oids],
  );
  return rows.map((row) =>
    linesAbout(String(row.owner)).trigger(
      String(row.name),
      expression(String(row.definition)),
      [
        `runs ${String(row.language)} ${expression(String(row.body))}`,
        ...(row.state === 'O' ? [] : [row.state === 'D' ? 'disabled' : `enabled ${String(row.state)}`]),
      ].join(' '),
    ),
  );
}

/** A sequence matters by its type and its owner: one that stays an integer ends at two thousand million (facts T-23). */
export async function sequences({ connection, oids }: Reader): Promise<string[]> {
  const rows = await catalogQuery(
    connection,
    {
      owner: 'o.relname',
      column: 'a.attname',
      name: 'c.relname',
      type: 'format_type(s.seqtypid, NULL)',
      isPlain: `s.seqincrement = 1 AND s.seqmin = 1 AND NOT s.seqcycle AND s.seqmax = CASE s.seqtypid WHEN 'int8'::regtype THEN 9223372036854775807 WHEN 'int4'::regtype THEN 2147483647 ELSE 32767 END`,
      options: `format('increment %s from %s to %s%s', s.seqincrement, s.seqmin, s.seqmax, CASE WHEN s.seqcycle THEN ' cycle' ELSE '' END)`,
    },
    `FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
       LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
       LEFT JOIN pg_class o ON o.oid = d.refobjid LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      WHERE s.seqrelid = ANY($1::oid[]) AND (o.oid IS NULL OR o.oid = ANY($1::oid[]))`,
    [oids],
  );
  return rows.map((row) => {
    const more = row.isPlain === true ? '' : String(row.options);
    if (row.owner !== null)
      return linesAbout(String(row.owner)).sequence(String(row.name), String(row.type), String(row.column), more);
    return ['sequence', quoted(String(row.name)), String(row.type), more].filter((word) => word !== '').join(' ');
  });
}

export async function comments({ connection, oids }: Reader): Promise<string[]> {
  const rows = await catalogQuery(
    connection,
    { owner: 'c.relname', column: 'a.attname', text: 'd.description' },
    `FROM pg_description d JOIN pg_class c ON c.oid = d.objoid LEFT JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > 0
      WHERE d.classoid = 'pg_class'::regclass AND d.objoid = ANY($1::oid[]) AND NOT starts_with(coalesce(a.attname, ''), '${ASIDE_PREFIX}')`,
    [oids],
  );
  return rows.map((row) =>
    linesAbout(String(row.owner)).comment(String(row.text), row.column === null ? undefined : String(row.column)),
  );
}
