import type { Role } from '../../../src/notes/occlusion/drawing.ts';
import { type Box, boxAround, type Outline } from '../../../src/notes/occlusion/shapes.ts';

interface AreaMarkProps {
  readonly part: Role;
  readonly outline: Outline;
  /** Of the picture, in the units of the drawing around. */
  readonly width: number;
  readonly height: number;
  /** What stands in its middle; on a question a question mark. */
  readonly sign?: string;
}

/** The smallest box around an area, as parts of the picture. */
export function boxOf(outline: Outline): Box {
  if (outline.kind === 'polygon') return boxAround(outline.points);
  if (outline.kind === 'text') return { left: outline.left, top: outline.top, width: outline.size * 4, height: outline.size };
  return outline;
}

/** One area, drawn. */
export function AreaMark({ part, outline, width, height, sign = part === 'asked' ? '?' : undefined }: AreaMarkProps) {
  const box = boxOf(outline);
  const [x, y, across, down] = [box.left * width, box.top * height, box.width * width, box.height * height];
  const turn = outline.angle === 0 ? {} : { transform: `rotate(${outline.angle} ${x} ${y})` };
  if (outline.kind === 'text')
    return (
      <text className="area area--text" x={x} y={y + down * 0.8} fontSize={down} {...turn}>
        {outline.text}
      </text>
    );
  const shape = (className: string) =>
    outline.kind === 'polygon' ? (
      <polygon className={className} points={outline.points.map(([px, py]) => `${px * width},${py * height}`).join(' ')} />
    ) : outline.kind === 'ellipse' ? (
      <ellipse className={className} cx={x + across / 2} cy={y + down / 2} rx={across / 2} ry={down / 2} />
    ) : (
      <rect className={className} x={x} y={y} width={across} height={down} />
    );
  return (
    <g {...turn}>
      {/* A light line around it: it is seen on pictures of its own colour too. */}
      {part === 'answer' && shape('area area--halo')}
      {shape(`area area--${part}`)}
      {sign !== undefined && (
        <text
          className="area__sign"
          x={x + across / 2}
          y={y + down / 2}
          fontSize={Math.min(across, down) * 0.7}
          textAnchor="middle"
          dominantBaseline="central"
        >
          {sign}
        </text>
      )}
    </g>
  );
}
