/** Puts `{{c1::…}}` around what is marked in the field: with the next number, or once more with the highest. */
export function insertGap(area: HTMLTextAreaElement, onChange: (text: string) => void, isSame = false): void {
  const { value, selectionStart, selectionEnd } = area;
  const highest = Math.max(0, ...[...value.matchAll(/\{\{c(\d+)/g)].map(([, number]) => Number(number)));
  const marked = value.slice(selectionStart, selectionEnd);
  const open = `{{c${Math.max(1, highest + (isSame ? 0 : 1))}::`;
  area.focus();
  // The browser's own way of typing keeps its undo; where there is none the text is set.
  if (!document.execCommand('insertText', false, `${open}${marked}}}`)) {
    area.setRangeText(`${open}${marked}}}`, selectionStart, selectionEnd);
    onChange(area.value);
  }
  const at = selectionStart + open.length + marked.length;
  area.setSelectionRange(at, at);
}
