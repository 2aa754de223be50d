import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import type { Area, Box, Outline, Point } from '../../../src/notes/occlusion/shapes.ts';
import { t } from '../languages/t.ts';
import { AreaMark, boxOf } from '../lib/area-mark.tsx';
import { boxAt, boxOfCorners, LEAST, NAMES, type Picture, type Tool, withBox, within } from './occlusion-edit.ts';

interface StageProps {
  readonly picture: Picture;
  readonly areas: readonly Area[];
  readonly tool: Tool;
  readonly zoom: number;
  readonly selected: number | undefined;
  readonly corners: readonly Point[];
  onSelect(at: number | undefined): void;
  onAdd(outline: Outline): void;
  /** @param isDragged by the pointer: a step of its own */
  onChange(at: number, outline: Outline, isDragged: boolean): void;
  onRemove(at: number): void;
  onCorner(point: Point): void;
  onFinish(): void;
}

type Drag = { readonly how: 'draw' | 'move' | 'size'; readonly from: Point; readonly at: number; readonly box: Box };

const STEP = 0.01;
const STEPS: Readonly<Record<string, Point>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};
/** Half of the smallest target, in points of the screen. */
const REACH = 12;

/** The picture with its areas, on which they are drawn, moved and stretched: by pointer, or by keys on the area that has the focus. */
export function OcclusionStage(props: StageProps) {
  const { picture, areas, tool, zoom, selected, corners, onSelect, onAdd, onChange, onRemove, onCorner, onFinish } = props;
  const [size, setSize] = useState<readonly [number, number]>();
  const [drag, setDrag] = useState<Drag>();
  const [moved, setMoved] = useState<Outline>();
  const [shownWidth, setShownWidth] = useState(1);
  const drawing = useRef<SVGSVGElement>(null);
  useEffect(() => {
    const svg = drawing.current;
    if (svg === null || size === undefined) return;
    const observer = new ResizeObserver(() => setShownWidth(svg.clientWidth || 1));
    observer.observe(svg);
    return () => observer.disconnect();
  }, [size]);
  const measure = (image: HTMLImageElement | null): void => {
    if (image?.complete !== true || image.naturalWidth === 0) return;
    if (size?.[0] !== image.naturalWidth || size[1] !== image.naturalHeight) setSize([image.naturalWidth, image.naturalHeight]);
  };

  const placeOf = (event: PointerEvent): Point => {
    const { left, top, width, height } = (drawing.current as SVGSVGElement).getBoundingClientRect();
    const part = (value: number): number => Math.min(1, Math.max(0, value));
    return [part((event.clientX - left) / width), part((event.clientY - top) / height)];
  };
  const begin = (event: PointerEvent, how: Drag['how'], at: number, box: Box): void => {
    event.stopPropagation();
    event.preventDefault();
    drawing.current?.setPointerCapture(event.pointerId);
    setDrag({ how, from: placeOf(event), at, box });
  };
  const draw = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    if (tool === 'select') return void onSelect(undefined);
    const [x, y] = placeOf(event);
    if (tool !== 'polygon') return void begin(event, 'draw', -1, { left: x, top: y, width: 0, height: 0 });
    const [first] = corners;
    const { width, height } = (drawing.current as SVGSVGElement).getBoundingClientRect();
    const isClosing =
      first !== undefined && corners.length >= 3 && Math.hypot((first[0] - x) * width, (first[1] - y) * height) <= REACH;
    if (isClosing) onFinish();
    else onCorner([x, y]);
  };
  const move = (event: PointerEvent): void => {
    if (drag === undefined) return;
    const [x, y] = placeOf(event);
    const { how, from, at, box } = drag;
    if (how === 'draw') return void setMoved({ kind: tool as 'rect', ...boxOfCorners(from, [x, y]), angle: 0 });
    const { outline } = areas[at] as Area;
    const [across, down] = [x - from[0], y - from[1]];
    setMoved(
      withBox(
        outline,
        how === 'move'
          ? within({ ...box, left: box.left + across, top: box.top + down })
          : { ...box, width: Math.max(LEAST, box.width + across), height: Math.max(LEAST, box.height + down) },
      ),
    );
  };
  const end = (): void => {
    if (drag?.how === 'draw') {
      const box = moved === undefined ? undefined : boxOf(moved);
      const isClick = box === undefined || (box.width < LEAST && box.height < LEAST);
      onAdd({ kind: tool as 'rect', ...(isClick ? boxAt(drag.from) : within(box)), angle: 0 });
    } else if (drag !== undefined && moved !== undefined) onChange(drag.at, moved, true);
    setDrag(undefined);
    setMoved(undefined);
  };
  const press = (event: KeyboardEvent, at: number): void => {
    const { outline } = areas[at] as Area;
    const step = STEPS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Delete' || event.key === 'Backspace') onRemove(at);
    else if (event.key === 'Escape') onSelect(undefined);
    else if (event.key === 'Enter' || event.key === ' ') onSelect(at);
    else if (step !== undefined) {
      const box = boxOf(outline);
      const [across, down] = step;
      const wanted = event.shiftKey
        ? { ...box, width: box.width + across, height: box.height + down }
        : { ...box, left: box.left + across, top: box.top + down };
      onChange(at, withBox(outline, within(wanted)), false);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const [width, height] = size ?? [1000, 750];
  const unit = width / shownWidth;
  const seen = (at: number, outline: Outline): Outline =>
    drag !== undefined && drag.how !== 'draw' && drag.at === at && moved !== undefined ? moved : outline;
  const chosen = selected === undefined ? undefined : areas[selected];
  const handle = chosen === undefined ? undefined : boxOf(seen(selected as number, chosen.outline));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys.
    <section className="occl-scroll" tabIndex={0} aria-label={t('The picture with its areas')}>
      <div className={`occl-stage occl-stage--${zoom}`}>
        <img src={picture.address} alt={picture.alt} ref={measure} onLoad={(event) => measure(event.currentTarget)} />
        {size !== undefined && (
          <svg
            ref={drawing}
            className={`occlusion__areas ${tool === 'select' ? '' : 'occl-drawing'}`}
            viewBox={`0 0 ${width} ${height}`}
            preserveAspectRatio="none"
            onPointerDown={draw}
            onPointerMove={move}
            onPointerUp={end}
            onPointerCancel={() => {
              setDrag(undefined);
              setMoved(undefined);
            }}
          >
            <title>{t('Areas')}</title>
            {areas.map(({ number, outline, label }, at) => (
              // biome-ignore lint/a11y/useSemanticElements: no button can be drawn in a picture.
              <g
                // biome-ignore lint/suspicious/noArrayIndexKey: an area is known by its place in the note.
                key={at}
                role="button"
                tabIndex={0}
                className="occl-area"
                aria-pressed={selected === at}
                aria-label={`${t(NAMES[outline.kind])} ${at + 1}${number === 0 ? '' : t(', card {number}', { number })}${label === '' ? '' : `: ${label}`}`}
                onFocus={() => onSelect(at)}
                onKeyDown={(event) => press(event, at)}
                onPointerDown={(event) => {
                  if (tool !== 'select' || event.button !== 0) return;
                  onSelect(at);
                  begin(event, 'move', at, boxOf(outline));
                }}
              >
                <AreaMark
                  part={outline.kind === 'text' ? 'shown' : selected === at ? 'asked' : 'hidden'}
                  outline={seen(at, outline)}
                  width={width}
                  height={height}
                  sign={String(number)}
                />
              </g>
            ))}
            {drag?.how === 'draw' && moved !== undefined && (
              <AreaMark part="asked" outline={moved} width={width} height={height} sign="" />
            )}
            {corners.length > 0 && (
              <polyline className="occl-line" points={corners.map(([x, y]) => `${x * width},${y * height}`).join(' ')} />
            )}
            {corners.map(([x, y]) => (
              <circle key={`${x} ${y}`} className="occl-handle" cx={x * width} cy={y * height} r={REACH * unit * 0.6} />
            ))}
            {handle !== undefined && tool === 'select' && (
              <circle
                className="occl-handle"
                cx={(handle.left + handle.width) * width}
                cy={(handle.top + handle.height) * height}
                r={REACH * unit}
                onPointerDown={(event) => begin(event, 'size', selected as number, handle)}
              />
            )}
          </svg>
        )}
      </div>
    </section>
  );
}
