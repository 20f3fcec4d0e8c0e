export const seen = typeof POLYFILL;
