/** Where arrays of coefficients come from: an arena, where kernels are to work on them. */
export type FreshArray = (length: number) => Float64Array;

export const heapArray: FreshArray = (length) => new Float64Array(length);
