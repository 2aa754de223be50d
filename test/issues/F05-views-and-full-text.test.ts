import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alterTable } from '../../src/revisions/step.ts';
import { generatedId, table, text } from '../../src/schema/index.ts';
import { one, rebuilt } from '../revisions/rebuild/planted.ts';
import { afterwards, refused, value } from '../revisions/rebuild/story.ts';

/** F5: views on a table break the rename of its rebuild elsewhere; full-text tables and their triggers hang on it too. */
const shelf = table('shelf', {
  columns: { id: generatedId(), name: text({ nullable: true }) },
  primaryKey: ['id'],
  indexes: { shelf_name: ['name'] },
});
const anew = alterTable('shelf', { kind: 'changeColumn', name: 'name', column: text({ default: 'x', nullable: true }) });

test('F5: full-text tables with their triggers, and views with INSTEAD OF triggers, survive a rebuild and still answer', () =>
  afterwards(
    {
      tables: [shelf],
      plant: `INSERT INTO shelf (id, name) VALUES (1, 'blue whale'), (2, 'red fox');
        CREATE VIRTUAL TABLE found USING fts5 (name, content='shelf', content_rowid='id'); INSERT INTO found (found) VALUES ('rebuild');
        CREATE TRIGGER shelf_ai AFTER INSERT ON shelf BEGIN INSERT INTO found (rowid, name) VALUES (new.id, new.name); END;
        CREATE TRIGGER shelf_ad AFTER DELETE ON shelf BEGIN INSERT INTO found (found, rowid, name) VALUES ('delete', old.id, old.name); END;
        CREATE VIEW names AS SELECT id, name FROM shelf; CREATE VIEW upper_names AS SELECT upper(name) AS n FROM names;
        CREATE TRIGGER names_insert INSTEAD OF INSERT ON names BEGIN INSERT INTO shelf (name) VALUES (new.name); END;`,
      steps: [anew],
    },
    (db) => {
      const find = (word: string): unknown => value(db, `SELECT group_concat(rowid) FROM found WHERE found MATCH '${word}'`);
      assert.deepEqual([find('whale'), find('fox')], ['1', '2']);
      db.exec("INSERT INTO names (name) VALUES ('grey whale'); DELETE FROM shelf WHERE id = 1");
      assert.equal(find('whale'), '3');
      db.exec("INSERT INTO found (found) VALUES ('integrity-check')");
      assert.equal(value(db, "SELECT count(*) FROM upper_names WHERE n LIKE '%FOX'"), 1);
    },
  ));

test('F5: a change that would leave a view or a trigger of somebody without its column is refused and names it', async () => {
  const steps = [
    alterTable(
      'shelf',
      { kind: 'dropIndex', name: 'shelf_name' },
      { kind: 'dropColumn', name: 'name' },
      { kind: 'addColumn', name: 'slug', column: text(), fill: "'s'" },
    ),
  ];
  await refused({ tables: [shelf], plant: 'CREATE VIEW names AS SELECT name FROM shelf;', steps }, /view names/);
  await refused(
    {
      tables: [shelf],
      plant: 'CREATE TABLE log (a); CREATE TRIGGER t AFTER INSERT ON log BEGIN INSERT INTO log SELECT name FROM shelf; END;',
      steps,
    },
    /trigger t/,
  );
});

test('F5: views on the table, and views on these, survive and select the same', () =>
  rebuilt(
    'CREATE VIEW names AS SELECT name FROM deck; CREATE VIEW upper_names AS SELECT upper(name) AS n FROM names; CREATE TRIGGER names_insert INSTEAD OF INSERT ON names BEGIN INSERT INTO deck (name) VALUES (new.name); END;',
    (db) => {
      assert.equal(one(db, 'SELECT group_concat(n) FROM upper_names'), 'A,B,C');
      db.exec("INSERT INTO names VALUES ('d')");
      assert.equal(one(db, 'SELECT count(*) FROM deck'), 4);
    },
  ));
