export function sortDigests(
  firstSeed: number,
  lastSeed: number,
  how?: { isTyped?: boolean; isCopied?: boolean; least?: number },
): number[];
