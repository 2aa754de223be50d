import type { Given } from '../api/media.ts';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** How a note says that it shows a picture or sound. Plain text cannot: it is Markdown from then on. */
export function mediaText({ address, media_type, name }: Given, format: string): string {
  const title = name.replace(/\.[^.]*$/, '');
  if (media_type.startsWith('audio/')) return `<audio controls src="${address}" title="${escaped(name)}"></audio>`;
  return format === 'html'
    ? `<img src="${address}" alt="${escaped(title)}">`
    : `![${title.replaceAll(/[[\]\\]/g, ' ')}](${address})`;
}

/** Types a text where the cursor is; the browser's own way keeps its undo. */
export function insertText(area: HTMLTextAreaElement, text: string, onChange: (text: string) => void): void {
  area.focus();
  if (document.execCommand('insertText', false, text)) return;
  area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end');
  onChange(area.value);
}
