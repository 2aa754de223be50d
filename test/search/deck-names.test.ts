import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareFolded, foldedOf, isBelow, levelsOf, pathOf } from '../../src/search/deck-names.ts';

const below = (name: string, upper: string): boolean => isBelow(pathOf(levelsOf(name)), pathOf(levelsOf(upper)));

test('the levels of a deck’s name stand between ::, without the spaces around them and without empty ones', () => {
  for (const [name, levels] of [
    ['Law', ['Law']],
    ['Law::Torts', ['Law', 'Torts']],
    ['Law::Torts::Duty of care', ['Law', 'Torts', 'Duty of care']],
    [' Law :: Torts ', ['Law', 'Torts']],
    ['Law:::Torts', ['Law', ':Torts']],
    ['Law::::Torts', ['Law', 'Torts']],
    ['Law::', ['Law']],
    ['::Law', ['Law']],
    ['Law: Torts', ['Law: Torts']],
    ['Law:Torts', ['Law:Torts']],
    ['::', ['::']],
    [':: ::', [':: ::']],
    [' ', [' ']],
  ] as const)
    assert.deepEqual(levelsOf(name), levels, name);
  assert.equal(levelsOf(Array(67).fill('a').join('::')).length, 67);
});

test('a deck is below another whose levels its own begin with, whatever their capitals and accents', () => {
  for (const [name, upper, expected] of [
    ['Law::Torts', 'Law', true],
    ['law::torts::Duty', 'LAW::Torts', true],
    ['Étude::Droit', 'etude', true],
    ['Law::Torts', 'Law::', true],
    ['Law', 'Law', false],
    ['Law::', 'Law', false],
    ['Lawyers::Torts', 'Law', false],
    ['Law: Torts', 'Law', false],
    ['Law', 'Law::Torts', false],
    ['A:::B', 'A', true],
    // The same signs, other levels.
    ['A: ::B', 'A', false],
    ['A:::B', 'A: ', false],
  ] as const)
    assert.equal(below(name, upper), expected, `${name} below ${upper}`);
});

test('decks stand in the order of their names, numbers by size, whatever is below a deck right behind it', () => {
  const sorted = [
    'Law-A',
    'Law::Torts',
    'law',
    'Chapter 10',
    'Chapter 2::b',
    'Chapter 2',
    'Law b',
    'Law::contracts',
    'Chapter 2::a::x',
  ].toSorted((one, other) => compareFolded(foldedOf(levelsOf(one)), foldedOf(levelsOf(other))));
  assert.deepEqual(sorted.slice(0, 4), ['Chapter 2', 'Chapter 2::a::x', 'Chapter 2::b', 'Chapter 10']);
  const at = sorted.indexOf('law');
  assert.deepEqual(sorted.slice(at, at + 3), ['law', 'Law::contracts', 'Law::Torts']);
});
