export type Probes = Record<string, () => unknown>;
export const same: Probes;
export const different: Probes;
export function valuesOf(probes: Probes): Record<string, string>;
