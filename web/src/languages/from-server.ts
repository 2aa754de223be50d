import { shortDay } from '../lib/days.ts';
import { msg, t } from './t.ts';

/*
 * What the server says, in the reader's language. The server speaks English, as its API does; each of its sentences stands here as it says
 * it, with values where those differ. This module comes with a language that is not English: whoever reads English never loads it.
 */

/** Accounts, logins, limits. */
const ACCOUNT = [
  msg('Username already registered'),
  msg('Email already registered'),
  msg('A username has no @: the email address serves as a name by itself.'),
  msg('A username has {min, number} to {max, number} characters.'),
  msg('A password has at least {n, number} characters.'),
  msg('The password is longer than {n, number} bytes.'),
  msg('The current password is not right'),
  msg('Incorrect username or password'),
  msg('Inactive user'),
  msg('Not authenticated'),
  msg('Could not validate credentials'),
  msg('Too many failed logins. Try again in {n, number} seconds.'),
  msg('Too many requests. Try again in a moment.'),
  msg('Too many people are logging in at this moment. Try again in a few seconds.'),
  msg('Others are downloading everything of theirs just now.'),
  msg('Many others are exporting decks just now.'),
  msg('A deck is being exported for you just now.'),
  msg('Only an administrator may do this'),
  msg('Only an administrator may make a token with the scope admin'),
  msg('This is the last administrator'),
  msg('Make somebody else one first: flashcase user grant-admin NAME.'),
  msg('This link has been used or has ended'),
  msg('Ask for a new one on the page where you sign in.'),
  msg('This server sends no mail: an administrator can make a link'),
  msg('You have {n, number} API tokens, and more there may not be'),
  msg('Revoke one that is not used any more.'),
  msg('A token needs a scope.'),
  msg('You have {n, number} passkeys, and more there may not be'),
  msg('Remove one that is not used any more.'),
  msg('This passkey is not known here'),
  msg('Sign in with your password.'),
  msg('This question to the passkey has been answered or has ended'),
  msg('Start again.'),
  msg('The answer of this passkey is not right'),
  msg('This is not an answer of a passkey'),
  msg('Passkeys of this server work at {site}, and this page was opened at {origin}'),
  msg('Somebody else is logged in than who gave this answer'),
  msg('Log in as the one who gave it.'),
  msg('You may have {limit, number} cards on this server, have {used, number}, and would have {wanted, number}'),
  msg('Delete cards that you need no more, or ask who runs this server for more.'),
];

/** Notes and cards, pictures and sounds; what a preview says of them. */
const NOTES = [
  msg('Only the owner can change this note'),
  msg('Only the owner can change this deck'),
  msg('You have a deck called “{name}” already'),
  msg('Whatever is below a deck is renamed with it, and the decks of both could not be told apart any more.'),
  msg('Choose another name, or rename that deck first.'),
  msg('The name of a deck with others below it does not end with a colon'),
  msg('Choose another name.'),
  msg('“{name}” is below this deck, and its name would be longer than {n, number} characters'),
  msg('Whatever is below a deck is renamed with it.'),
  msg('Give this deck a shorter name, or that one first.'),
  msg('Decks below this one were renamed meanwhile: nothing was changed'),
  msg('Do it again.'),
  msg('Only the owner can change this card'),
  msg('This note was changed meanwhile'),
  msg('Load it again, compare, and save what you still want.'),
  msg('This note has been studied: it stays in its deck'),
  msg('this card is already made by a note'),
  msg('This card is made from a note and cannot be changed alone'),
  msg('{field} has {n, number} characters, {most, number} at most'),
  msg('a note has at most {n, number} tags'),
  msg('a tag has at most {n, number} characters: {tag} …'),
  msg('this note makes no card. {why}'),
  msg('Nothing stands on the front of a card yet.'),
  msg('No gap yet: write {gap} around what is to be asked (numbers up to {most, number}).'),
  msg('Write the {field}, each on a line of its own.'),
  msg('The cards of this note are longer than {n, number} characters together; the rest is left out.'),
  msg('No picture yet: the field Image shows one, in a note written as Markdown or HTML.'),
  msg('No area yet: draw what is to be asked on the picture (numbers up to {n, number}).'),
  msg('Something that begins like an area of the picture has no end: {form}.'),
  msg('The section {name} lies too deep and is left out.'),
  msg('The section {name} ends without a beginning.'),
  msg('The section {name} has no end.'),
  msg('Pictures and sounds may take {quota} for each person: {used} are used, and this needs {more}.'),
  msg('This is not a picture or sound that cards can show.'),
  msg('Save it as one of these.'),
];

/** Changes and taking them back, exams, plans, searches, changes of many. */
const CHANGES = [
  msg('There is nothing to take back'),
  msg('Everything that was imported was studied or changed since: none of it can be taken back'),
  msg('Delete by hand what you do not want.'),
  msg('Take the later change back first, or change it by hand.'),
  msg('Mark it as you want it to be.'),
  msg('Delete the deck if you do not want it any more.'),
  msg('This answer was taken back before'),
  msg('Nothing is left to be done.'),
  msg('This card has no review to take back'),
  msg('There are {n, number} exams already'),
  msg('Delete one that is over, then try again.'),
  msg('date: this day is over'),
  msg('date: this is more than a year ahead'),
  msg('deck_ids: these are too many'),
  msg('This exam is over: there is nothing to plan'),
  msg('Give it another date.'),
  msg('Too many plans are being made at this moment. Try again in a few seconds.'),
  msg('There is no plan to end'),
  msg('It may be over already.'),
  msg('Begin or end a plan as you want it to be.'),
  msg('The optimiser is not installed on this server'),
  msg('The parameters could not be fitted'),
  msg('The parameters of others are being fitted at this moment. Try again in a minute.'),
  msg('Nothing was changed. Try again later.'),
  msg('Other parameters were adopted meanwhile'),
  msg('Look at the parameters in force, and try again.'),
  msg('You have a search named {name} already'),
  msg('Choose another name, or delete that one first.'),
  msg('There are {n, number} saved searches already'),
  msg('Delete one that you do not need, then try again.'),
  msg('what is to be found?'),
  msg('more than {n, number} notes would change. Go deck by deck, or look for something more particular'),
  msg('this is no regular expression: {reason}. A sign that is meant as itself has a backslash before it, as {signs}'),
  msg('Too many expressions are being looked for at this moment. Try again in a few seconds.'),
  msg('{field} would be empty.'),
  msg('{field} would be longer than {n, number} characters.'),
  msg('The areas of a picture are changed where they are drawn.'),
  msg('The gaps of {field} would not be the same.'),
  msg('It would not make the same cards.'),
  msg('It is not there any more.'),
  msg('These cards are not there any more.'),
  msg('Cards of others’ decks can be marked, and nothing else.'),
  msg('Cards without a note have no tags and stay in their deck: open one and make a note of it first.'),
  msg('Notes that were studied stay in their deck: their reviews are counted there.'),
  msg('A note has no room for another tag.'),
  msg('One of these notes was changed since they were shown.'),
  msg('These notes are not of one type.'),
];

/** Decks of others, suggestions, moderation. */
const SHARING = [
  msg('This deck is not shared any more'),
  msg('Your copy stays as it is, and follows it again when it is shared again.'),
  msg('The deck has changed since you looked'),
  msg('Look at the update again, then take it.'),
  msg('You follow this deck already'),
  msg('This deck is your own'),
  msg('Clone it for a second one.'),
  msg('End that one first.'),
  msg('This note comes from no deck that you follow'),
  msg('This deck follows no other'),
  msg('The deck you follow has this note no more'),
  msg('Look at its update first.'),
  msg('Your note is of another type than theirs: its fields cannot be suggested'),
  msg('You have changed nothing in this note'),
  msg('Edit it first.'),
  msg('{n, number} of your suggestions for this deck wait for an answer'),
  msg('Wait for one, or withdraw some.'),
  msg('The note is there no more'),
  msg('Decline it.'),
  msg('{field} was changed since this was suggested'),
  msg('Change the note by hand, and decline the suggestion.'),
  msg('This deck is already hidden'),
  msg('This deck is not hidden'),
];

/** Imports: refusals, what is left out, kinds of files. */
const FILES = [
  msg('The file is larger than {size}.'),
  msg('Export it without media, or ask whoever runs this server: flashcase import FILE.'),
  msg('The file is empty.'),
  msg('The file is not here any more'),
  msg('Choose it again.'),
  msg('No note that FlashCase can keep is in the file.'),
  msg('The file is neither text in UTF-8 nor a package FlashCase knows.'),
  msg('There is no room in the temporary folder for the file; nothing was imported.'),
  msg('Too many files are being imported at this moment. Try again in a minute.'),
  msg('Too many files are being imported at this moment. Try again in a few minutes.'),
  msg('Too many long texts are being imported at this moment. Try again in a few seconds.'),
  msg('No card was found in the text.'),
  msg('A line needs a front and a back with a separator between them.'),
  msg('The text has {n, number} cards; {most, number} can be imported at once.'),
  msg('This cloze has nothing in square brackets.'),
  msg('This question has no answer.'),
  msg('This answer has no question.'),
  msg('There is no answer under the question mark.'),
  msg('A quotation mark has no end: quotation marks are read as ordinary characters.'),
  msg('The front is empty.'),
  msg('The back is empty.'),
  msg('There is only one column here: no separator was found.'),
  msg('The front is longer than {n, number} characters.'),
  msg('The back is longer than {n, number} characters.'),
  msg('A character of this card is broken.'),
  msg('A tag is longer than {n, number} characters.'),
  msg('It has more than {n, number} tags.'),
  msg('It has more than {n, number} tags, with those that the card has already.'),
  msg('The text names decks: all cards go into this one.'),
  msg('The text has dates: these cards begin as new ones.'),
  msg('Cards that the deck has without a note keep no tags; the text has some for {n, number}.'),
  msg('Notes that you have already as another type are left as they are.'),
  msg('Buried cards are no longer buried.'),
  msg('Cards with extra data that cannot be read: it is left out.'),
  msg('Cards whose deck is missing are in the default deck.'),
  msg('Cards whose note is missing are left out.'),
  msg('Notes whose cards were in several decks: all of them are in the deck of the first.'),
  msg('Notes with more fields than their note type: the rest stands in the last field.'),
  msg('Pictures and sounds of more than 16 MB are left out; notes keep their names.'),
  msg('Pictures and sounds that no note shows are left out.'),
  msg('Pictures and sounds that notes name and the file does not have: notes keep their names.'),
  msg('Files that are no picture or sound by their content, videos among them, are left out; notes keep their names.'),
  msg('Media files that the package lists and does not hold.'),
  msg('Notes that FlashCase cannot keep are left out; the first one because {why}'),
  msg('Notes whose note type is missing are left out.'),
  msg('Notes whose type is missing or cannot be kept are left out.'),
  msg('Reviews of cards that were deleted are left out.'),
  msg('Cards that their note has twice: the one with more reviews is kept, the other left out, with its reviews.'),
  msg('Cards that their note does not make (an empty front, a gap that is gone) are left out, with their reviews.'),
  msg('Options of decks (limits, steps, FSRS weights) are not taken over: yours under Account hold.'),
  msg('Filtered decks are left out; their cards are in the decks they came from.'),
  msg('Anki package ({version})'),
  msg('Mochi ({form})'),
  msg('Cards in the trash of Mochi are left out.'),
  msg('Reviews of Mochi are left out: its cards begin as new ones.'),
  msg('Cards with more text than a note may have are left out.'),
  msg('Cards without a word or picture on them are left out.'),
  msg('Cards with more than two sides: all behind the first are their back.'),
  msg('Files that are too large (16 MB) or no picture or sound by their content are left out; notes keep their names.'),
  msg('FlashCase archive (version {n, number})'),
];

/** Where a search is wrong. */
const SEARCH = [
  msg('A search has at most {n, number} characters'),
  msg('A search has at most {n, number} terms'),
  msg('Search for fewer words.'),
  msg('There is nothing for this ) to close'),
  msg('Take it away, or put it between quotes.'),
  msg('There is no letter and no digit to search for'),
  msg('Signs alone are not searched: write a word.'),
  msg('There is nothing on one side of OR'),
  msg('Write words on both sides of it, or "or" for the word itself.'),
  msg('This ( is never closed'),
  msg('Write ) after the words that belong together.'),
  msg('There are more than {n, number} of ( and - in each other'),
  msg('Write the search more simply.'),
  msg('There is nothing after {field}:'),
  msg('Write a value right after it, as in {example}'),
  msg('A card is never {state}'),
  msg('Write one of {states}'),
  msg('Flags are the numbers 0 to 7'),
  msg('Write flag:1, or flag:0 for cards without one.'),
  msg('There is no field {field}:'),
  msg('Fields are {fields}. To search for the text itself, put it between quotes: {text}'),
  msg('{field}: takes a number of days'),
  msg('This quote is never closed'),
  msg('Write a second " after the phrase.'),
  msg('A * stands only at the end of a word'),
  msg('Write the beginning of the word and then *, as in negl*'),
  msg('There are fewer than {n, number} letters before the *'),
  msg('Write more of the word, as in negl*'),
];

/** Why a card is due when it is. */
const WHY = [
  msg('You have not studied this card yet: it comes after the cards that are due.'),
  msg('Your last review was on {day}.'),
  msg('You answered “{button}” on {day}.'),
  msg('A card that was not known comes back after 1 day and starts over.'),
  msg('The first correct answer in a row gives 1 day.'),
  msg('The second correct answer in a row gives 6 days.'),
  msg('It gave an interval of {interval}.'),
  msg('The interval before was {before}; times the card’s ease of {ease, number}, that gives {interval}.'),
  msg(
    'Its stability is now {stability}: in that time the chance that you remember it falls to 90 %. For the retention you want, that gives {interval}.',
  ),
  msg('The date was changed after that review.'),
  msg('You gave this date by hand, and have not studied this card yet.'),
  msg('It is on its steps of minutes: it comes again soon, until you know it.'),
  msg('This card was made new again: it comes with the new cards, and its reviews of before stay in the statistics.'),
];

/** What FlashCase’s own note types, their fields and their cards are called. */
const NAMES = [
  msg('Basic'),
  msg('Basic and reversed'),
  msg('Typed answer'),
  msg('Cloze'),
  msg('Rule and elements'),
  msg('Case'),
  msg('Image occlusion'),
  msg('Front'),
  msg('Back'),
  msg('Text'),
  msg('Name'),
  msg('Source'),
  msg('Extra'),
  msg('Rule'),
  msg('Elements'),
  msg('Mnemonic'),
  msg('Cite'),
  msg('Facts'),
  msg('Issue'),
  msg('Holding'),
  msg('Image'),
  msg('Header'),
  msg('Back Extra'),
  msg('Comments'),
  msg('Card {n, number}'),
  msg('Forward'),
  msg('Reversed'),
  msg('Cloze {n, number}'),
  msg('All elements'),
  msg('Element {n, number}'),
  msg('Area {n, number}'),
];

/** What a refusal means whose own sentence is for who runs the server, or names what nobody may know of. */
const CODES: Readonly<Record<string, string>> = {
  FC_ANSWER_TIME: msg('The clock of this device is wrong.'),
  FC_DB_BUSY: msg('The server cannot do this just now. Try again in a moment.'),
  FC_DB_DISK_FULL: msg('The disk of the server is full: nothing was changed.'),
  FC_DB_POOL_TIMEOUT: msg('The server cannot do this just now. Try again in a moment.'),
  FC_GATE_HOLDING: msg('The server cannot do this just now. Try again in a moment.'),
  FC_INTERNAL: msg('Something went wrong on the server.'),
};

/** Sentences of many forms that come to the same. */
const ALIKE: readonly (readonly [RegExp, string])[] = [
  [/ not found$/, msg('This is not there, or is not yours to see.')],
  [/ since: (?:this|its copying) cannot be taken back$/, msg('It was changed since: this cannot be taken back.')],
  [/^This suggestion is already /, msg('This suggestion has its answer already.')],
  [/^This report is already /, msg('This report is dealt with already.')],
  [
    /^Areas? .* of the picture could not be read and (?:is|are) left out: /,
    msg('Some areas of the picture could not be read and are left out.'),
  ],
  [/^(?<what>.+) \(character (?<n>[\d,]+)\)$/s, msg('{what} (character {n, number})')],
  [/^(?<what>.+) \(character (?<n>[\d,]+): (?<shown>.+)\)$/s, msg('{what} (character {n, number}: {shown})')],
];

/** What the server says, as it says it. */
export const SENTENCES: readonly string[] = [ACCOUNT, NOTES, CHANGES, SHARING, FILES, SEARCH, WHY, NAMES].flat();
const fixed = new Set(SENTENCES.filter((text) => !text.includes('{')));

/** A sentence with values as a pattern: a value is whatever stands in its place. */
function patternOf(text: string): RegExp {
  const escaped = text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const source = escaped.replaceAll(
    /\\\{(\w+)(, number)?\\\}/g,
    (_, name: string, isNumber?: string) => `(?<${name}>${isNumber === undefined ? '.+' : '[\\d,.]*\\d'})`,
  );
  return new RegExp(`^${source}$`, 's');
}
const patterns: readonly (readonly [RegExp, string])[] = [
  ...SENTENCES.filter((text) => text.includes('{')).map((text) => [patternOf(text), text] as const),
  ...ALIKE,
];

/** A value of a sentence: a number as such, a day or a length of days as its reader writes it, and what is a sentence itself translated. */
function valueIn(known: string, name: string, text: string): string | number {
  if (known.includes(`{${name}, number}`)) return Number(text.replaceAll(',', ''));
  const days = /^([\d,.]+) days?$/.exec(text)?.[1];
  if (days !== undefined) return t('{n, plural, one {# day} other {# days}}', { n: Number(days.replaceAll(',', '')) });
  if (name === 'day') {
    // Noon of that day, in any zone of the reader's.
    const at = Date.parse(`${text} 12:00 UTC`);
    return Number.isNaN(at) ? text : shortDay(new Date(at).toISOString());
  }
  if (name === 'button') return t(text);
  return name === 'why' || name === 'what' || name === 'field' ? fromServer(text) : text;
}

/** What the server said, by its sentence, else by its code; as it stands where neither is known here. */
export function fromServer(text: string, code?: string): string {
  if (fixed.has(text)) return t(text);
  for (const [pattern, known] of patterns) {
    const found = pattern.exec(text);
    if (found === null) continue;
    const values = Object.entries(found.groups ?? {}).map(([name, value]) => [name, valueIn(known, name, value)] as const);
    return t(known, Object.fromEntries(values));
  }
  const meaning = CODES[code ?? ''];
  return meaning === undefined ? text : t(meaning);
}
