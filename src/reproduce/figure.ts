import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** What is asked of the SVG element that Plot makes. */
interface SvgElement {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  querySelectorAll(selector: string): Iterable<{ remove(): void }>;
}

/** An entry of a figure's legend. */
export interface LegendEntry {
  readonly label: string;
  readonly color: string;
  readonly mark: 'dot' | 'line' | 'dashed' | 'area';
  /** Pattern of a dashed line, as in SVG; left out: the usual one. */
  readonly dash?: string;
}

/** A figure: a title that says what is seen, one or several panels side by side, and where the numbers come from. */
export interface Figure {
  readonly title: string;
  readonly subtitle: string;
  readonly legend: readonly LegendEntry[];
  readonly panels: readonly { readonly title?: string; readonly plot: Plot.PlotOptions }[];
  /** Lines below the figure: sample sizes, sources and their class. */
  readonly caption: readonly string[];
}

/** Colours that stay apart for colour-blind eyes and on a projector (Okabe & Ito 2008). */
export const COLORS = {
  blue: '#0072B2',
  vermilion: '#D55E00',
  green: '#008F6B',
  purple: '#A8508A',
  orange: '#D98C00',
  grey: '#6B7280',
} as const;

const WIDTH = 960;
const PANEL_HEIGHT = 440;
const SIDE = 28;
const INK = '#1B2430';
const FAINT = '#5B6472';
const FONT = "'Inter', 'Helvetica Neue', 'Segoe UI', 'DejaVu Sans', Arial, sans-serif";
const CAPTION_CHARACTERS = 138;

/** Draws a figure as one self-contained SVG document. */
export function drawFigure(figure: Figure): string {
  const page = parseHTML('<!doctype html><html></html>') as { readonly document: unknown };
  const parts: string[] = [];
  const text = (
    x: number,
    y: number,
    content: string,
    size: number,
    more: { readonly fill?: string; readonly weight?: number } = {},
  ): void => {
    parts.push(
      `<text x="${x}" y="${y}" font-size="${size}" fill="${more.fill ?? INK}"${more.weight === undefined ? '' : ` font-weight="${more.weight}"`}>${escaped(content)}</text>`,
    );
  };
  let y = 12;
  for (const line of wrapped(figure.title, 60)) {
    y += 30;
    text(SIDE, y, line, 24, { weight: 650 });
  }
  for (const line of wrapped(figure.subtitle, 104)) {
    y += 24;
    text(SIDE, y, line, 16, { fill: FAINT });
  }
  if (figure.legend.length > 0) {
    y += 30;
    y = drawLegend(figure.legend, y, parts);
  }
  y += 14;
  const count = figure.panels.length;
  const width = (WIDTH - 2 * SIDE + 12) / count;
  const titled = figure.panels.some((panel) => panel.title !== undefined);
  const top = y + (titled ? 24 : 0);
  for (const [k, panel] of figure.panels.entries()) {
    const { x: xScale, y: yScale, ...plot } = panel.plot;
    const x = SIDE - 12 + k * width;
    if (panel.title !== undefined) text(x + 12, y + 18, panel.title, 16, { weight: 600 });
    if (typeof yScale?.label === 'string') text(x + 12, top + 18, yScale.label, 15);
    const svg: unknown = Plot.plot({
      document: page.document as never,
      width: width - (count > 1 ? 12 : 0),
      height: PANEL_HEIGHT,
      marginLeft: 64,
      marginBottom: 52,
      marginTop: 40,
      marginRight: 24,
      ...plot,
      x: { labelAnchor: 'center', labelArrow: 'none', labelOffset: 44, ...xScale },
      y: { ticks: 6, ...yScale, label: null },
      style: { fontSize: '15px', fontFamily: FONT, color: INK },
    });
    place(svg as SvgElement, x, top, parts);
  }
  y = top + PANEL_HEIGHT + 12;
  for (const paragraph of figure.caption) {
    for (const line of wrapped(paragraph, CAPTION_CHARACTERS)) {
      y += 19;
      text(SIDE, y, line, 13, { fill: FAINT });
    }
  }
  const height = y + 22;
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="${escaped(FONT)}" role="img">
<title>${escaped(figure.title)}</title>
<desc>${escaped(figure.subtitle)}</desc>
<rect width="100%" height="100%" fill="#FFFFFF"/>
${parts.join('\n')}
</svg>
`;
}

/** Puts a panel at its place in the figure, without the styles that only a web page needs. */
function place(svg: SvgElement, x: number, y: number, parts: string[]): void {
  for (const style of svg.querySelectorAll('style')) style.remove();
  for (const [name, value] of Object.entries({
    x: String(x),
    y: String(y),
    'font-size': '15',
    'font-family': FONT,
    color: INK,
  })) {
    svg.setAttribute(name, value);
  }
  parts.push(svg.outerHTML);
}

function drawLegend(legend: readonly LegendEntry[], top: number, parts: string[]): number {
  let x = SIDE;
  let y = top;
  for (const { label, color, mark, dash: pattern = '6 4' } of legend) {
    const width = 34 + 8.2 * label.length + 22;
    if (x > SIDE && x + width > WIDTH - SIDE) {
      x = SIDE;
      y += 24;
    }
    const middle = y - 5;
    if (mark === 'dot') parts.push(`<circle cx="${x + 13}" cy="${middle}" r="5" fill="${color}"/>`);
    else if (mark === 'area') {
      parts.push(
        `<rect x="${x + 2}" y="${middle - 7}" width="22" height="14" rx="2" fill="${color}" fill-opacity="0.75"/>`,
      );
    } else {
      const dash = mark === 'dashed' ? ` stroke-dasharray="${pattern}"` : '';
      parts.push(
        `<line x1="${x}" x2="${x + 26}" y1="${middle}" y2="${middle}" stroke="${color}" stroke-width="2.5"${dash}/>`,
      );
    }
    parts.push(
      `<text x="${x + 34}" y="${y}" font-size="15" fill="${INK}">${escaped(label)}</text>`,
    );
    x += width;
  }
  return y;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

function wrapped(text: string, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line.length > 0 && line.length + 1 + word.length > most) {
      lines.push(line);
      line = word;
    } else line = line.length === 0 ? word : `${line} ${word}`;
  }
  if (line.length > 0) lines.push(line);
  return lines;
}

/** A measured point of a figure. */
export interface Point {
  readonly x: number;
  readonly y: number;
  /** Standard error of y. */
  readonly error: number;
}

/** Points with bars of one standard error, joined by a thin line where `joined`. */
export function measured(points: readonly Point[], color: string, joined = false): Plot.Markish[] {
  return [
    ...(joined
      ? [Plot.line(points, { x: 'x', y: 'y', stroke: color, strokeWidth: 1.5, strokeOpacity: 0.6 })]
      : []),
    Plot.ruleX(points, {
      x: 'x',
      y1: (p: Point) => p.y - p.error,
      y2: (p: Point) => p.y + p.error,
      stroke: color,
      strokeWidth: 2,
    }),
    Plot.dot(points, { x: 'x', y: 'y', fill: color, r: 4.5, stroke: 'white', strokeWidth: 1 }),
  ];
}

/** A line of theory. */
export function theory(
  points: readonly { readonly x: number; readonly y: number }[],
  color: string,
  dashed = false,
): Plot.Markish {
  return Plot.line(points, {
    x: 'x',
    y: 'y',
    stroke: color,
    strokeWidth: 2.5,
    ...(dashed ? { strokeDasharray: '6 4' } : {}),
  });
}
