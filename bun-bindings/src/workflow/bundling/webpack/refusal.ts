/** The error for a property of a webpack configuration that has no counterpart here. */
export function refusal(property: string, remedy: string): TypeError {
  return new TypeError(`webpackConfigHook: \`${property}\` cannot be translated to Bun's bundler: ${remedy}`);
}

/** The error for a property of a webpack configuration whose value is wrong. */
export function wrongValue(property: string, expected: string): TypeError {
  return new TypeError(`webpackConfigHook: \`${property}\` must be ${expected}`);
}
