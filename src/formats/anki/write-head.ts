import type { Deck, DeckOptions, NoteType } from '../collection.ts';
import { OCCLUSION_KIND } from './head.ts';

const LATEX_PRE =
  '\\documentclass[12pt]{article}\n\\special{papersize=3in,5in}\n\\usepackage{amssymb,amsmath}\n\\pagestyle{empty}\n\\setlength{\\parindent}{0in}\n\\begin{document}\n';

/** The fields a question shows; a card is made when one of them is filled. */
function questionFields(question: string, fields: readonly string[]): number[] {
  const names = new Set([...question.matchAll(/\{\{[#^/]?(?:[^}:]*:)*([^}]+)\}\}/g)].map(([, name]) => (name ?? '').trim()));
  return fields.flatMap((field, index) => (names.has(field) ? [index] : []));
}

export function modelJson(noteType: NoteType, id: number, deck: number, modified: number): object {
  const { name, form, fields, templates, css, sortField, hidesAreas } = noteType;
  return {
    id,
    name,
    type: form === 'cloze' ? 1 : 0,
    mod: modified,
    usn: -1,
    sortf: sortField,
    did: deck,
    tmpls: templates.map((template, ord) => ({
      name: template.name,
      ord,
      qfmt: template.question,
      afmt: template.answer,
      bqfmt: '',
      bafmt: '',
      did: null,
    })),
    flds: fields.map((field, ord) => ({
      ...{ name: field, ord, sticky: false, rtl: false, font: 'Arial', size: 20, media: [] },
      // Anki finds its fields by these numbers, and lets nobody delete those it draws from.
      ...(hidesAreas === true ? { tag: ord, preventDeletion: ord < 4 } : {}),
    })),
    css,
    latexPre: LATEX_PRE,
    latexPost: '\\end{document}',
    latexsvg: false,
    req:
      form === 'cloze'
        ? []
        : templates.map(({ question }, ord) => {
            const needed = questionFields(question, fields);
            return [ord, needed.length === 0 ? 'none' : 'any', needed];
          }),
    tags: [],
    vers: [],
    ...(hidesAreas === true ? { originalStockKind: OCCLUSION_KIND } : {}),
  };
}

/** Anki joins levels by "::"; inside one name it would make two. */
export const deckName = (path: readonly string[]): string => path.map((part) => part.replaceAll('::', ':')).join('::');

export function deckJson(deck: Pick<Deck, 'path' | 'description'>, id: number, options: number, modified: number): object {
  return {
    id,
    name: deckName(deck.path),
    mod: modified,
    usn: -1,
    collapsed: false,
    browserCollapsed: false,
    desc: deck.description,
    dyn: 0,
    conf: options,
    extendNew: 0,
    extendRev: 0,
    newToday: [0, 0],
    revToday: [0, 0],
    lrnToday: [0, 0],
    timeToday: [0, 0],
  };
}

export function optionsJson(given: Partial<DeckOptions>, id: number, modified: number): object {
  const weights = given.fsrsWeights;
  return {
    id,
    name: given.name ?? 'Default',
    mod: modified,
    usn: -1,
    maxTaken: 60,
    autoplay: true,
    timer: 0,
    replayq: true,
    dyn: false,
    new: {
      delays: given.learnSteps ?? [1, 10],
      ints: [1, 4, 0],
      initialFactor: 2500,
      perDay: given.newPerDay ?? 20,
      order: 1,
      bury: given.buriesNewSiblings ?? false,
    },
    rev: {
      perDay: given.reviewsPerDay ?? 200,
      ease4: 1.3,
      ivlFct: 1,
      maxIvl: given.maximumIntervalDays ?? 36_500,
      hardFactor: 1.2,
      bury: given.buriesReviewSiblings ?? false,
    },
    lapse: {
      delays: given.relearnSteps ?? [10],
      mult: 0,
      minInt: 1,
      leechFails: given.leechThreshold ?? 8,
      leechAction: 1,
    },
    ...(weights === undefined ? {} : { [weightsName(weights)]: weights }),
    ...(given.desiredRetention === undefined ? {} : { desiredRetention: given.desiredRetention }),
  };
}

/** Each version of FSRS has a key of its own, by the number of its weights. */
const weightsName = ({ length }: readonly number[]): string =>
  length <= 17 ? 'fsrsWeights' : length <= 19 ? 'fsrsParams5' : 'fsrsParams6';

export function confJson(minutesWest: number, rolloverHours: number, model: number, nextPosition: number): object {
  return {
    activeDecks: [1],
    curDeck: 1,
    newSpread: 0,
    collapseTime: 1200,
    timeLim: 0,
    estTimes: true,
    dueCounts: true,
    curModel: String(model),
    nextPos: nextPosition,
    sortType: 'noteFld',
    sortBackwards: false,
    addToCur: true,
    dayLearnFirst: false,
    schedVer: 2,
    sched2021: true,
    creationOffset: minutesWest,
    rollover: rolloverHours,
  };
}
