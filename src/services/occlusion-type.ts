import type { NoteType as PackagedType } from '../formats/collection.ts';
import type { NoteType } from '../notes/note-types.ts';

/**
 * Anki's own type for areas of pictures. Its reviewer draws on the elements of these names and its editor knows the type by
 * `originalStockKind`: what is written here is what both look for, and no more.
 */
const QUESTION = `{{#Header}}<div>{{Header}}</div>{{/Header}}
<div style="display: none">{{cloze:Occlusion}}</div>
<div id="err"></div>
<div id="image-occlusion-container">{{Image}}<canvas id="image-occlusion-canvas"></canvas></div>
<script>
try {
  anki.imageOcclusion.setup();
} catch (error) {
  document.getElementById("err").textContent = "This needs a newer Anki: " + error;
}
</script>`;
const ANSWER = `${QUESTION}
<div><button id="toggle">Toggle masks</button></div>
{{#Back Extra}}<div>{{Back Extra}}</div>{{/Back Extra}}`;
const CSS = `.card { font-family: serif; font-size: 20px; text-align: center; }
#image-occlusion-canvas {
  --active-shape-color: #1b684f;
  --active-shape-border: 1px #ffffff;
  --inactive-shape-color: #e9edea;
  --inactive-shape-border: 1px #4d5a54;
  --highlight-shape-color: #1b684f00;
  --highlight-shape-border: 2px #1b684f;
}`;

/** FlashCase's type for areas of pictures as Anki has it. */
export const occlusionType = ({ key: builtIn, fields }: NoteType, key: number): PackagedType => ({
  type: 'note-type',
  key,
  name: 'FlashCase Image Occlusion',
  form: 'cloze',
  fields,
  templates: [{ name: 'Image Occlusion', question: QUESTION, answer: ANSWER }],
  css: CSS,
  sortField: 0,
  builtIn,
  hidesAreas: true,
});

/** The fields that Anki needs, and the one more that it has. */
const FIELDS = { least: 4, most: 5 };
/** What a template asks the reviewer for: Anki's today, and as it was in its first versions. */
const SETUP = /\banki\s*\.\s*(?:setupImageCloze|imageOcclusion\s*\.\s*setup)\s*\(/;

/**
 * True for Anki's own type, also under another name and with fields in another language: Anki says so, or, in packages of older versions, its
 * template asks for the drawing. With fields of somebody's own beside Anki's it is somebody's own type.
 */
export function isOcclusionType({ form, fields, templates, hidesAreas }: PackagedType): boolean {
  const { length } = fields;
  if (form !== 'cloze' || length < FIELDS.least || length > FIELDS.most) return false;
  return hidesAreas === true || SETUP.test(templates[0]?.question ?? '');
}
