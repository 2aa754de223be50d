/** How one card of a note looks: two templates (template.ts). */
export interface CardTemplate {
  readonly name: string;
  readonly front: string;
  readonly back: string;
}

/**
 * `standard`: a card for each template whose front has something on it. `cloze`: a card for each number of a gap. `elements`: a card for
 * each line of one field, and one for all of them. `occlusion`: a card for each number of an area of a picture.
 */
export type NoteKind = 'standard' | 'cloze' | 'elements' | 'occlusion';

export interface NoteType {
  /** The name in the API: `basic`, …; `own` for a type that a user brought. */
  readonly key: string;
  readonly name: string;
  readonly kind: NoteKind;
  /** Whether the words of its templates are plain text or HTML. */
  readonly syntax: 'text' | 'html';
  /** The first one stands for the note: duplicates are found by it. */
  readonly fields: readonly string[];
  readonly templates: readonly CardTemplate[];
}

const SOURCE = '{{#Source}}\n\nSource: {{Source}}{{/Source}}';
const MNEMONIC = '{{#Mnemonic}}\n\nMnemonic: {{Mnemonic}}{{/Mnemonic}}';
const THE_CASE = '{{Name}}{{#Cite}}, {{Cite}}{{/Cite}}';

const caseCard = (field: string, question: string): CardTemplate => ({
  name: field,
  front: `{{#${field}}}${THE_CASE}\n\n${question}{{/${field}}}`,
  back: `{{${field}}}${MNEMONIC}${SOURCE}`,
});

const types = {
  basic: {
    key: 'basic',
    name: 'Basic',
    kind: 'standard',
    syntax: 'text',
    fields: ['Front', 'Back', 'Source'],
    templates: [{ name: 'Card 1', front: '{{Front}}', back: `{{Back}}${SOURCE}` }],
  },
  basic_reversed: {
    key: 'basic_reversed',
    name: 'Basic and reversed',
    kind: 'standard',
    syntax: 'text',
    fields: ['Front', 'Back', 'Source'],
    templates: [
      { name: 'Forward', front: '{{Front}}', back: `{{Back}}${SOURCE}` },
      { name: 'Reversed', front: '{{Back}}', back: `{{Front}}${SOURCE}` },
    ],
  },
  typed: {
    key: 'typed',
    name: 'Typed answer',
    kind: 'standard',
    syntax: 'text',
    fields: ['Front', 'Back', 'Source'],
    templates: [{ name: 'Card 1', front: '{{Front}}{{type:Back}}', back: `{{Back}}${SOURCE}` }],
  },
  cloze: {
    key: 'cloze',
    name: 'Cloze',
    kind: 'cloze',
    syntax: 'text',
    fields: ['Text', 'Extra', 'Source'],
    templates: [{ name: 'Cloze', front: '{{cloze:Text}}', back: `{{cloze:Text}}{{#Extra}}\n\n{{Extra}}{{/Extra}}${SOURCE}` }],
  },
  rule_elements: {
    key: 'rule_elements',
    name: 'Rule and elements',
    kind: 'elements',
    syntax: 'text',
    fields: ['Rule', 'Elements', 'Mnemonic', 'Source'],
    // All of them, then one of them; the fields that are not the note's own are made from its lines (elements.ts).
    templates: [
      {
        name: 'All elements',
        front: '{{Rule}}\n\nList all {{Count}} elements.',
        back: `{{Listed}}${MNEMONIC}${SOURCE}`,
      },
      { name: 'Element', front: '{{Rule}}\n\n{{Gapped}}', back: `{{Number}}. {{Element}}${MNEMONIC}${SOURCE}` },
    ],
  },
  case: {
    key: 'case',
    name: 'Case',
    kind: 'standard',
    syntax: 'text',
    fields: ['Name', 'Cite', 'Facts', 'Issue', 'Holding', 'Rule', 'Mnemonic', 'Source'],
    templates: [
      caseCard('Facts', 'What were the facts?'),
      caseCard('Issue', 'What was the issue?'),
      caseCard('Holding', 'What did the court hold?'),
      caseCard('Rule', 'What is the rule?'),
    ],
  },
  image_occlusion: {
    key: 'image_occlusion',
    name: 'Image occlusion',
    kind: 'occlusion',
    syntax: 'text',
    // Anki's fields, in its order. `Masked` and `Label` are made for each card (occlusion/cards.ts); comments are for who writes.
    fields: ['Occlusion', 'Image', 'Header', 'Back Extra', 'Comments'],
    templates: [
      {
        name: 'Area',
        front: '{{#Header}}{{Header}}\n\n{{/Header}}{{Masked}}',
        back: '{{#Header}}{{Header}}\n\n{{/Header}}{{Masked}}{{#Label}}\n\n{{Label}}{{/Label}}{{#Back Extra}}\n\n{{Back Extra}}{{/Back Extra}}',
      },
    ],
  },
} as const satisfies Record<string, NoteType>;

export type BuiltInKey = keyof typeof types;

/** The types every user has. They are code, not rows: each release brings its own, and there is nothing to keep in step. */
export const builtInTypes: Readonly<Record<BuiltInKey, NoteType>> = types;

/** The type of this name, where it is one of FlashCase's own. */
export const builtInType = (key: string): NoteType | undefined =>
  Object.hasOwn(types, key) ? types[key as BuiltInKey] : undefined;
