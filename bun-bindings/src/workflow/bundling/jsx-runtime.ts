import { dirname } from 'node:path';
import { typeScriptSettings } from './tsconfig.ts';

/** Calls of the runtime, which the transpiler names so that they clash with no other name. */
const RUNTIME_CALL = /\bjsx(?:s|DEV)?_[a-z0-9]+\(/;
const IMPORT_SOURCE = /@jsxImportSource\s+([^\s*]+)/;

/**
 * Returns the module that the JSX of a file is compiled to calls of, which no import in the file names. Undefined if it has no JSX,
 * or if its JSX calls a function of its own, by `@jsxRuntime classic` or `"jsx": "react"` in the tsconfig.json.
 *
 * The source of the runtime is that of the file's `@jsxImportSource`, or of `jsxImportSource` in the tsconfig.json, or `react`.
 */
export function jsxRuntime(path: string, text: string, loader: 'tsx' | 'jsx'): string | undefined {
  const { jsx, jsxImportSource } = typeScriptSettings(dirname(path))?.compilerOptions ?? {};
  const transpiler = new Bun.Transpiler({ loader, tsconfig: JSON.stringify({ compilerOptions: { jsx } }) });
  if (!RUNTIME_CALL.test(transpiler.transformSync(text))) return undefined;
  const [, source = jsxImportSource ?? 'react'] = IMPORT_SOURCE.exec(text) ?? [];
  return `${source}/jsx-dev-runtime`;
}
