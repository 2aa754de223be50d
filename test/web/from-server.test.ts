import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { pageModule, withCatalogues } from './support-languages.ts';

interface Server {
  readonly SENTENCES: readonly string[];
}
interface Language {
  startLanguage(server: () => Promise<unknown>): Promise<void>;
  setLanguage(language: string): Promise<void>;
}
interface Page {
  serverText(text: string, code?: string): string;
}

describe('what the server says, on the page', () => {
  let page: Page;
  let speak: (language: string) => Promise<void>;
  before(async () => {
    withCatalogues();
    page = await pageModule<Page>('languages/t.ts');
    const language = await pageModule<Language>('languages/language.ts');
    await language.startLanguage(() => pageModule('languages/from-server.ts'));
    speak = language.setLanguage;
  });
  /** As one reads it: spaces that do not break are spaces. */
  const said = (text: string, code?: string): string => page.serverText(text, code).replaceAll(/\s/g, ' ');

  it('is in the language of the page, with numbers, days and names in their place', async () => {
    await speak('de');
    assert.equal(said('Username already registered', 'FC_BAD_REQUEST'), 'Dieser Benutzername ist vergeben');
    assert.equal(
      said('You may have 1,000 cards on this server, have 990, and would have 1,200', 'FC_QUOTA'),
      'Du darfst auf diesem Server 1.000 Karten haben, hast 990 und hättest dann 1.200',
    );
    assert.equal(
      said('this note makes no card. No gap yet: write {{c1::a word}} around what is to be asked (numbers up to 200).'),
      'diese Notiz ergibt keine Karte. Noch keine Lücke: Schreibe {{c1::a word}} um das, was gefragt werden soll (Nummern bis 200).',
    );
    assert.equal(said('This ( is never closed (character 3: ()'), 'Diese ( wird nicht geschlossen (Zeichen 3: ()');
    assert.equal(said('You answered “Good” on 26 November 2026.'), 'Du hast am 26. Nov. 2026 mit „Gut“ geantwortet.');
    assert.equal(
      said('The interval before was 6 days; times the card’s ease of 2.50, that gives 15 days.'),
      'Der Abstand davor war 6 Tage; mal der Leichtigkeit der Karte von 2,5 ergibt das 15 Tage.',
    );
    assert.equal(said('Back would be empty.'), 'Rückseite wäre leer.');
    await speak('fr');
    assert.equal(said('This deck is your own', 'FC_CONFLICT'), 'Ce paquet est le vôtre');
  });

  it('says what is the same in many forms once, and by its code what is not for its reader', async () => {
    await speak('de');
    const gone = 'Das gibt es nicht, oder es ist nicht für dich bestimmt.';
    assert.deepEqual([said('Deck not found', 'FC_NOT_FOUND'), said('Passkey not found', 'FC_NOT_FOUND')], [gone, gone]);
    const since = 'Es wurde seither geändert: Das lässt sich nicht rückgängig machen.';
    assert.equal(said('This note was edited since: this cannot be taken back', 'FC_CHANGED_MEANWHILE'), since);
    assert.equal(said('Internal Server Error', 'FC_INTERNAL'), 'Auf dem Server ist etwas schiefgegangen.');
  });

  it('stays English where no translation is known, whatever its code, and in English', async () => {
    await speak('de');
    assert.equal(said('A sentence of tomorrow', 'FC_CONFLICT'), 'A sentence of tomorrow');
    await speak('en');
    assert.equal(said('Username already registered', 'FC_BAD_REQUEST'), 'Username already registered');
    assert.equal(said('Internal Server Error', 'FC_INTERNAL'), 'Internal Server Error');
  });

  it('is what the server still says: no sentence is translated that nobody speaks', async () => {
    const { SENTENCES } = await pageModule<Server>('languages/from-server.ts');
    const src = new URL('../../src/', import.meta.url);
    const server = globSync('**/*.ts', { cwd: src })
      .map((path) => readFileSync(new URL(path, src), 'utf8').replaceAll("\\'", "'").replaceAll('\\"', '"'))
      .join('\n')
      // A sentence that begins with another one.
      .replaceAll(/\$\{TOO_MANY_TAGS\}/g, 'It has more than {n} tags');
    const unsaid = SENTENCES.filter((text) => text.split(/\{[^}]*\}/).some((piece) => !server.includes(piece)));
    assert.deepEqual(unsaid, []);
  });
});
