/**
 * The first of the media types on offer that an `Accept` header asks for most; the first one where there is no
 * header or none of them is asked for.
 */
export function pickMedia<T extends string>(
  accept: string | undefined,
  offered: readonly [T, ...T[]],
): T {
  const [first] = offered;
  if (accept === undefined) return first;
  let best: { readonly media: T; readonly quality: number } | null = null;
  for (const part of accept.split(',')) {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const q = parameters.find((text) => text.startsWith('q='));
    const quality = q === undefined ? 1 : Number(q.slice(2));
    const media = offered.find((candidate) => covers(range, candidate));
    if (media !== undefined && quality > (best?.quality ?? 0)) best = { media, quality };
  }
  return best?.media ?? first;
}

function covers(range: string, media: string): boolean {
  if (range === '*/*' || range === media) return true;
  return range.endsWith('/*') && media.startsWith(range.slice(0, -1));
}
