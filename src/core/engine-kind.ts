/** Engines that kernels can run on; `engineMissing` of the kernels' room says which of them are here. */
export const ENGINES = ['reference', 'wasm', 'native'] as const;
export type EngineKind = (typeof ENGINES)[number];
