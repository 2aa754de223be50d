import { useState } from 'react';
import type { Drawing } from '../../../src/notes/occlusion/drawing.ts';
import { t } from '../languages/t.ts';
import { AreaMark } from './area-mark.tsx';

interface OccludedPictureProps {
  readonly src: string | undefined;
  readonly alt: string;
  readonly drawing: Drawing;
}

/** A drawing without a size of its own. */
const USUAL = [1000, 750] as const;

/**
 * A picture with its areas drawn over it. It is not seen before they are: a picture that comes late would show for a moment what it asks.
 * Nothing that an area is called is here, so a screen reader hears which area of how many, and what the picture is.
 */
export function OccludedPicture({ src, alt, drawing: { place, count, marks } }: OccludedPictureProps) {
  const [size, setSize] = useState<readonly [width: number, height: number]>();
  const [isOpen, setOpen] = useState(false);
  const [isMissing, setMissing] = useState(false);
  const measure = (image: HTMLImageElement | null): void => {
    if (image === null || !image.complete || image.naturalWidth === 0 || size !== undefined) return;
    setSize([image.naturalWidth, image.naturalHeight]);
  };
  const [width, height] = size ?? USUAL;
  const isQuestion = marks.some(({ role }) => role === 'asked');
  const hidden = marks.filter(({ role }) => role === 'hidden').length;
  const shown = isOpen ? marks.filter(({ role }) => role === 'answer') : marks;
  const said = isQuestion
    ? hidden > 0
      ? t('Area {place} of {count} is hidden, and so are the others: what is there?', { place, count })
      : t('Area {place} of {count} is hidden: what is there?', { place, count })
    : hidden > 0 && !isOpen
      ? t('Area {place} of {count} is marked; the others are hidden.', { place, count })
      : t('Area {place} of {count} is marked.', { place, count });
  return (
    <span className="occlusion">
      <span className={size === undefined && !isMissing ? 'occlusion__picture occlusion__picture--coming' : 'occlusion__picture'}>
        <img
          src={src}
          alt={alt}
          loading="lazy"
          ref={measure}
          onLoad={(event) => measure(event.currentTarget)}
          onError={() => setMissing(true)}
        />
        {size !== undefined && (
          <svg className="occlusion__areas" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
            {shown.map(({ role, outline }, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: marks of one card never change places.
              <AreaMark key={at} part={role} outline={outline} width={width} height={height} />
            ))}
          </svg>
        )}
      </span>
      <span className="visually-hidden">{said}</span>
      {!isQuestion && hidden > 0 && (
        <button type="button" className="button button--small" aria-pressed={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? t('Hide the other areas') : t('Show the other areas')}
        </button>
      )}
    </span>
  );
}
