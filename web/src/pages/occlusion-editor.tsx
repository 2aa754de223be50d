import { type ClipboardEvent, type DragEvent, useEffect, useId, useRef, useState } from 'react';
import { type Area, type Outline, type Point, readAreas, writeAreas } from '../../../src/notes/occlusion/shapes.ts';
import { ApiError } from '../api/client.ts';
import { giveMedia } from '../api/media.ts';
import { msg, rich, t } from '../languages/t.ts';
import { inPercent } from '../lib/text.ts';
import { AreaList } from './occlusion-areas.tsx';
import { added, boxAt, fieldOfText, NAMES, pictureOf, type Tool, textOfField, withPicture } from './occlusion-edit.ts';
import { OcclusionStage } from './occlusion-stage.tsx';
import '../styles/occlusion-editor.css';

interface OcclusionEditorProps {
  readonly occlusion: string;
  readonly image: string;
  readonly format: string;
  /** A card of the note as it is kept: its reader may see the picture with it. */
  readonly shownOn: number | undefined;
  readonly problem: string | undefined;
  /** Told while a polygon is begun and not finished: it is no area yet. */
  onDrawing(isDrawing: boolean): void;
  onChange(change: { occlusion?: string; image?: string; format?: string }): void;
}

const TOOLS: readonly (readonly [Tool, string])[] = [
  ['select', msg('Select and move')],
  ['rect', msg('Rectangle')],
  ['ellipse', msg('Ellipse')],
  ['polygon', msg('Polygon')],
];
const MODES: readonly (readonly [hidesAll: boolean, string])[] = [
  [true, msg('hides all areas and asks for one')],
  [false, msg('hides the one it asks for')],
];
const ZOOMS = [100, 150, 200, 300];
const MOST_STEPS = 100;
const MIDDLE: Point = [0.5, 0.5];

const isTyping = (target: EventTarget): boolean => target instanceof HTMLInputElement && target.type !== 'radio';

/** The picture of a note and its areas, drawn by pointer or by keys. What is drawn is text of the note at once; Ctrl+Z takes steps back. */
export default function OcclusionEditor(props: OcclusionEditorProps) {
  const { occlusion, image, format, shownOn, problem, onDrawing, onChange } = props;
  const [tool, setTool] = useState<Tool>('rect');
  const [zoom, setZoom] = useState(100);
  const [selected, setSelected] = useState<number>();
  const [corners, setCorners] = useState<readonly Point[]>([]);
  const [wishesAll, setWishesAll] = useState(true);
  const [news, setNews] = useState('');
  const [failure, setFailure] = useState('');
  const past = useRef<string[]>([]);
  const later = useRef<string[]>([]);
  const lastStep = useRef('');
  const chooser = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const areasBefore = useRef(0);
  /** Where the area was taken away: in the picture, or by its button in the list. */
  const removedIn = useRef<'.occl-area' | '.occl-item__remove'>('.occl-area');
  const ids = useId();
  const { areas, hidesAll: hasAll, unread } = readAreas(textOfField(occlusion, format));
  const hidesAll = areas.some(({ outline }) => outline.kind !== 'text') ? hasAll : wishesAll;
  const picture = pictureOf(image, format);
  const isNew = occlusion === '' && image === '';
  useEffect(() => {
    if (!isNew) return;
    // The next note: steps of the last one are not to be taken back here.
    past.current = [];
    later.current = [];
    setSelected(undefined);
    setCorners([]);
    setNews('');
  }, [isNew]);
  const isDrawing = corners.length > 0;
  useEffect(() => {
    onDrawing(isDrawing);
    return () => onDrawing(false);
  }, [isDrawing, onDrawing]);
  // What had the focus may be gone with its area: it goes to the one that is last now, else to the picture.
  useEffect(() => {
    const isFewer = areas.length < areasBefore.current;
    areasBefore.current = areas.length;
    if (!isFewer || document.activeElement !== document.body) return;
    const last = [...(box.current?.querySelectorAll<HTMLElement>(removedIn.current) ?? [])].at(-1);
    (last ?? box.current?.querySelector<HTMLElement>('.occl-scroll'))?.focus();
  }, [areas.length]);

  /** @param step what goes on with the same step, as a word that is typed, is taken back as one */
  const write = (next: readonly Area[], step = '', all = hidesAll): void => {
    if (step === '' || step !== lastStep.current) past.current = [...past.current.slice(-MOST_STEPS), occlusion];
    lastStep.current = step;
    later.current = [];
    onChange({ occlusion: fieldOfText(writeAreas(next, all, unread), format) });
  };
  const travel = (from: { current: string[] }, to: { current: string[] }, said: 'undo' | 'redo'): void => {
    const text = from.current.pop();
    if (text === undefined) return void setNews(said === 'undo' ? t('Nothing to undo.') : t('Nothing to redo.'));
    to.current.push(occlusion);
    lastStep.current = '';
    setSelected(undefined);
    onChange({ occlusion: text });
    setNews(said === 'undo' ? t('One step back.') : t('One step forward.'));
  };
  const add = (outline: Outline): void => {
    const next = added(areas, outline);
    if (next === undefined) return void setNews(t('A picture has no more areas than this.'));
    write(next);
    setSelected(next.length - 1);
    setNews(t('{shape} {number} added.', { shape: t(NAMES[outline.kind]), number: next.length }));
  };
  /** @param what goes on while the same is changed of the same area; '' for what is a step of its own, as a drag */
  const change = (at: number, area: Area, what: string): void =>
    write(
      areas.map((one, index) => (index === at ? area : one)),
      what === '' ? '' : `${what} ${at}`,
    );
  const remove = (at: number, where: typeof removedIn.current): void => {
    removedIn.current = where;
    write(areas.filter((_, index) => index !== at));
    setSelected(undefined);
    setNews(t('{shape} {number} removed.', { shape: t(NAMES[(areas[at] as Area).outline.kind]), number: at + 1 }));
  };
  const finish = (): void => {
    if (corners.length >= 3) add({ kind: 'polygon', points: corners, angle: 0 });
    setCorners([]);
  };
  const take = async (files: Iterable<File>): Promise<void> => {
    const file = [...files].find(({ type }) => type.startsWith('image/'));
    if (file === undefined) return void setFailure(t('That is no picture.'));
    setFailure('');
    setNews(t('Sending {name} …', { name: file.name }));
    try {
      const { address, name } = await giveMedia(file);
      const written = format === 'html' ? 'html' : 'markdown';
      const alt = picture?.alt ?? name.replace(/\.[^.]*$/, '');
      onChange({ image: withPicture(format === 'text' ? '' : image, written, { address, alt }), format: written });
      setNews(t('{name} is in the note. Draw on it what is to be asked.', { name }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setNews('');
      setFailure(error.message);
    }
  };
  const bring = (event: ClipboardEvent | DragEvent, files: FileList | undefined): void => {
    if (files === undefined || files.length === 0) return;
    event.preventDefault();
    void take(files);
  };
  const address = picture === undefined || shownOn === undefined ? picture?.address : `${picture.address}?card_id=${shownOn}`;

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys go on to it from what is inside; files are chosen by the button too.
    <div
      ref={box}
      className="occl"
      onPaste={(event) => bring(event, event.clipboardData.files)}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => bring(event, event.dataTransfer.files)}
      onKeyDown={(event) => {
        const key = event.key.toLowerCase();
        // Enter in a field of an area, or on a choice, is no wish to save the note.
        if (event.key === 'Enter' && event.target instanceof HTMLInputElement && !event.ctrlKey && !event.metaKey)
          event.preventDefault();
        if (isTyping(event.target)) return;
        if (event.key === 'Escape' && corners.length > 0) setCorners([]);
        if (!(event.ctrlKey || event.metaKey) || (key !== 'z' && key !== 'y')) return;
        event.preventDefault();
        event.stopPropagation();
        if (key === 'y' || event.shiftKey) travel(later, past, 'redo');
        else travel(past, later, 'undo');
      }}
    >
      <div className="actions">
        <button type="button" className="button" onClick={() => chooser.current?.click()}>
          {picture === undefined ? t('Choose a picture') : t('Another picture')}
        </button>
        <span className="soft">{t('or paste or drop it here')}</span>
        <input
          ref={chooser}
          type="file"
          accept="image/*"
          hidden
          onChange={(event) => {
            const files = [...(event.target.files ?? [])];
            event.target.value = '';
            if (files.length > 0) void take(files);
          }}
        />
      </div>
      {picture !== undefined && address !== undefined && (
        <>
          <div className="field">
            <label className="field__label" htmlFor={`${ids}-alt`}>
              {t('What the picture shows')}
            </label>
            <input
              id={`${ids}-alt`}
              className="field__input"
              type="text"
              value={picture.alt}
              aria-describedby={`${ids}-alt-hint`}
              onChange={(event) => onChange({ image: withPicture(image, format, { ...picture, alt: event.target.value }) })}
            />
            <p className="field__hint" id={`${ids}-alt-hint`}>
              {t('Read out with the question: name the picture, not what is hidden.')}
            </p>
          </div>
          <fieldset className="occl-choice">
            <legend>{t('Each card')}</legend>
            {MODES.map(([all, said]) => (
              <label key={said}>
                <input
                  type="radio"
                  name={`${ids}-mode`}
                  checked={hidesAll === all}
                  onChange={() => {
                    setWishesAll(all);
                    if (areas.length > 0) write(areas, '', all);
                  }}
                />
                {t(said)}
              </label>
            ))}
          </fieldset>
          <fieldset className="occl-choice">
            <legend>{t('Pointer')}</legend>
            {TOOLS.map(([one, said]) => (
              <label key={one}>
                <input
                  type="radio"
                  name={`${ids}-tool`}
                  checked={tool === one}
                  onChange={() => {
                    setTool(one);
                    setCorners([]);
                  }}
                />
                {t(said)}
              </label>
            ))}
          </fieldset>
          <div className="actions">
            <button
              type="button"
              className="button button--small"
              onClick={() => add({ kind: 'rect', ...boxAt(MIDDLE), angle: 0 })}
            >
              {t('Add rectangle')}
            </button>
            <button
              type="button"
              className="button button--small"
              onClick={() => add({ kind: 'ellipse', ...boxAt(MIDDLE), angle: 0 })}
            >
              {t('Add ellipse')}
            </button>
            <button
              type="button"
              className="button button--small"
              onClick={() => add({ kind: 'text', left: 0.4, top: 0.45, size: 0.06, text: t('Text'), angle: 0 })}
            >
              {t('Add text')}
            </button>
            <button type="button" className="button button--small" onClick={() => travel(past, later, 'undo')}>
              {t('Undo step')}
            </button>
            <button type="button" className="button button--small" onClick={() => travel(later, past, 'redo')}>
              {t('Redo step')}
            </button>
            <span className="occl-field occl-field--number">
              <label htmlFor={`${ids}-zoom`}>{t('Zoom')}</label>
              <select
                id={`${ids}-zoom`}
                className="field__input"
                value={zoom}
                onChange={(event) => setZoom(Number(event.target.value))}
              >
                {ZOOMS.map((one) => (
                  <option key={one} value={one}>
                    {inPercent(one)}
                  </option>
                ))}
              </select>
            </span>
          </div>
          {tool === 'polygon' && (
            <div className="actions">
              <span className="soft">{t('Point at each corner, then at the first one again.')}</span>
              <button type="button" className="button button--small" aria-disabled={corners.length < 3} onClick={finish}>
                {t('Finish polygon')}
              </button>
            </div>
          )}
          <OcclusionStage
            picture={{ ...picture, address }}
            areas={areas}
            tool={tool}
            zoom={zoom}
            selected={selected}
            corners={corners}
            onSelect={setSelected}
            onAdd={add}
            onChange={(at, outline, isDragged) => change(at, { ...(areas[at] as Area), outline }, isDragged ? '' : 'place')}
            onRemove={(at) => remove(at, '.occl-area')}
            onCorner={(point) => setCorners([...corners, point])}
            onFinish={finish}
          />
          <p className="keys">
            {rich(
              'On an area: arrows move it, with <kbd>{shift}</kbd> they stretch it, <kbd>{delete}</kbd> removes it; <kbd>{ctrl}</kbd> <kbd>Z</kbd> takes the last step back. Areas of the same card number are asked for together.',
              {
                shift: t('Shift'),
                delete: t('Delete'),
                ctrl: t('Ctrl'),
                kbd: (text) => <kbd>{text}</kbd>,
              },
            )}
          </p>
          {unread.length > 0 && (
            <p className="notice">
              {t(
                '{n, plural, one {One area of this note cannot be read. It stays in the note as it is, and no card asks for it.} other {# areas of this note cannot be read. They stay in the note as they are, and no card asks for them.}}',
                { n: unread.length },
              )}
            </p>
          )}
          <AreaList
            areas={areas}
            selected={selected}
            onSelect={setSelected}
            onChange={change}
            onRemove={(at) => remove(at, '.occl-item__remove')}
          />
        </>
      )}
      {(problem !== undefined || failure !== '') && (
        <p className="field__problem" role="alert">
          {failure === '' ? problem : failure}
        </p>
      )}
      <p className={news === '' ? 'visually-hidden' : 'soft'} role="status">
        {news}
      </p>
    </div>
  );
}
