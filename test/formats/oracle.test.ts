import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { writeAnkiPackage } from '../../src/formats/anki/write-package.ts';
import type { Card, Entry } from '../../src/formats/collection.ts';
import { inWorkplace } from './workplace.ts';

/** Where Mnemosyne's Python packages lie: Debian's `mnemosyne`, installed or only unpacked. */
const packages = process.env.FLASHCASE_MNEMOSYNE ?? '/usr/lib/python3/dist-packages';
const isHere = existsSync(join(packages, 'mnemosyne/libmnemosyne/file_formats/anki2.py'));
const isNeeded = process.env.CI === 'true' || process.env.FLASHCASE_REQUIRE === 'all';

const NOW = Date.UTC(2026, 10, 26, 12);
const SECONDS_A_DAY = 86_400;

const studied = (key: number, note: number, more: Partial<Card>): Card => ({
  type: 'card',
  key,
  note,
  ordinal: 0,
  deck: 1,
  createdAt: NOW + key,
  modifiedAt: NOW,
  stage: 'review',
  isSuspended: false,
  flag: 0,
  due: { day: '2026-12-06' },
  intervalDays: 20,
  ease: 2.35,
  reviewCount: 5,
  lapses: 1,
  stepsLeft: 0,
  ...more,
});

const ENTRIES: readonly Entry[] = [
  { type: 'deck', key: 1, path: ['Law', 'Torts'], description: '' },
  {
    type: 'note-type',
    key: 1,
    name: 'Basic and reversed',
    form: 'standard',
    fields: ['Front', 'Back'],
    templates: [
      { name: 'Forward', question: '{{Front}}', answer: '{{Back}}' },
      { name: 'Backward', question: '{{Back}}', answer: '{{Front}}' },
    ],
    css: '',
    sortField: 0,
  },
  {
    type: 'note-type',
    key: 2,
    name: 'Cloze',
    form: 'cloze',
    fields: ['Text'],
    templates: [{ name: 'Cloze', question: '{{cloze:Text}}', answer: '{{cloze:Text}}' }],
    css: '',
    sortField: 0,
  },
  {
    type: 'note',
    key: 1,
    guid: 'guid-one',
    noteType: 1,
    tags: ['duty', 'exam'],
    fields: ['Ä <b>duty</b>?', '<img src="bild.png">'],
    createdAt: NOW,
    modifiedAt: NOW,
  },
  {
    type: 'note',
    key: 2,
    guid: 'guid-two',
    noteType: 2,
    tags: [],
    fields: ['{{c1::Duty}}, {{c2::breach}}'],
    createdAt: NOW + 1,
    modifiedAt: NOW,
  },
  studied(1, 1, {}),
  studied(2, 1, { ordinal: 1, memory: { stability: 12.5, difficulty: 6, desiredRetention: 0.9 } }),
  {
    ...studied(3, 2, { stage: 'new', position: 3, intervalDays: 0, reviewCount: 0, lapses: 0 }),
    due: undefined,
  } as unknown as Card,
  studied(4, 2, { ordinal: 1, stage: 'learning', due: { at: NOW + 600_000 }, intervalDays: 0 }),
  {
    type: 'review',
    card: 1,
    at: NOW - 30 * 86_400_000,
    kind: 'learn',
    grade: 3,
    interval: -600,
    previousInterval: -60,
    tookMs: 4000,
  },
  {
    type: 'review',
    card: 1,
    at: NOW - 10 * 86_400_000,
    kind: 'review',
    grade: 4,
    interval: 20,
    previousInterval: 8,
    ease: 2.35,
    tookMs: 6000,
  },
];

test(
  'Mnemosyne, which shares nothing with FlashCase, reads an exported package: notes, templates, tags, dates, ease, reviews and media',
  { skip: isHere || isNeeded ? false : 'not run: no mnemosyne' },
  () =>
    inWorkplace(async ({ folder, temporary }) => {
      const file = join(folder, 'export.apkg');
      const media = [{ name: 'bild.png', bytes: 5, open: async () => Readable.from([Buffer.from('image')]) }];
      await writeAnkiPackage(file, ENTRIES, media, { now: NOW, temporaryFolder: temporary, minutesWest: 300 });
      const home = join(folder, 'mnemosyne');
      mkdirSync(home);
      const script = fileURLToPath(new URL('mnemosyne_reads.py', import.meta.url));
      const printed = execFileSync('python3', [script, packages, file, home], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const found = JSON.parse(printed.trim().split('\n').at(-1) as string) as {
        cards: Record<string, unknown>[];
        reviews: number;
      };
      const cards = found.cards.toSorted((a, b) => Number(a.id) - Number(b.id));
      assert.deepEqual(
        cards.map(({ fields, template, type, tags }) => ({ fields, template, type, tags })),
        [
          {
            fields: ['Ä <b>duty</b>?', '<img src="bild.png">'],
            template: 'Forward',
            type: 'Basic and reversed',
            tags: ['Law::Torts', 'duty', 'exam'],
          },
          {
            fields: ['Ä <b>duty</b>?', '<img src="bild.png">'],
            template: 'Backward',
            type: 'Basic and reversed',
            tags: ['Law::Torts', 'duty', 'exam'],
          },
          { fields: ['{{c1::Duty}}, {{c2::breach}}'], template: 'Cloze', type: 'Cloze', tags: ['Law::Torts'] },
          { fields: ['{{c1::Duty}}, {{c2::breach}}'], template: 'Cloze', type: 'Cloze', tags: ['Law::Torts'] },
        ],
      );
      const [forward, , fresh] = cards;
      assert.deepEqual([forward?.ease, forward?.reviews, forward?.lapses, forward?.grade], [2.35, 5, 1, 4]);
      assert.equal(fresh?.grade, -1);
      // Due on 6 December at 4 a.m. five hours west of UTC.
      assert.equal(forward?.next, Date.UTC(2026, 11, 6, 9) / 1000);
      assert.equal(Number(forward?.next) - Number(forward?.last), 20 * SECONDS_A_DAY);
      assert.equal(found.reviews, 2);
      assert.ok(existsSync(join(home, 'default.db_media/bild.png')));
    }),
);
