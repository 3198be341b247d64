/** A course of a text plot: its marks, later ones over earlier ones. */
export interface PlottedCourse {
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
  readonly mark: string;
}

/**
 * A plot in characters: rows from the highest value to the lowest, an axis to the left and one below.
 *
 * @param size of the field, in characters
 */
export function textPlot(
  courses: readonly PlottedCourse[],
  range: readonly [number, number],
  size: { readonly columns: number; readonly rows: number },
  paint: (mark: string) => string = (mark) => mark,
): string[] {
  const { columns, rows } = size;
  const [low, high] = range;
  const first = Math.min(...courses.map(({ x }) => x[0] ?? 0));
  const last = Math.max(...courses.map(({ x }) => x.at(-1) ?? 1));
  const field = Array.from({ length: rows }, () => new Array<string>(columns).fill(' '));
  const row = (y: number): number => Math.round(((high - y) / (high - low)) * (rows - 1));
  const zero = row(0);
  if (zero >= 0 && zero < rows) field[zero]!.fill('┈');
  for (const { x, y, mark } of courses) {
    x.forEach((at, k) => {
      const value = y[k];
      if (value === null || value === undefined) return;
      const place = field[row(value)];
      const column = Math.round(((at - first) / (last - first)) * (columns - 1));
      if (place !== undefined && column >= 0 && column < columns) place[column] = mark;
    });
  }
  const label = (k: number): string => {
    const shown = [0, zero, rows - 1].includes(k);
    const value = high - (k / (rows - 1)) * (high - low);
    return (shown ? (k === zero ? 0 : value).toFixed(1) : '').padStart(5);
  };
  const end = String(Number(last.toPrecision(4)));
  const start = String(Number(first.toPrecision(4)));
  return [
    ...field.map(
      (line, k) => `${label(k)} │${line.map((c) => (c === ' ' ? c : paint(c))).join('')}`,
    ),
    `      └${'─'.repeat(columns)}`,
    `       ${start}${end.padStart(Math.max(1, columns - start.length))}`,
  ];
}
