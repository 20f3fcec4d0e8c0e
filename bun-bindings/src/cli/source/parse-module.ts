import { type ParserPlugin, parse } from '@babel/parser';
import type { File } from '@babel/types';

/**
 * Parses a module in TypeScript or JavaScript. Offsets in the tree are of `text` as it is, so that it can be changed in places.
 *
 * @throws SyntaxError if there is nothing to make of the text.
 */
export function parseModule(file: string, text: string): File {
  const isTypeScript = /\.[cm]?tsx?$/.test(file);
  const plugins: ParserPlugin[] = ['decorators', 'decoratorAutoAccessors'];
  if (isTypeScript) plugins.push('typescript');
  if (/x$|\.js$/.test(file)) plugins.push('jsx');
  return parse(text, {
    sourceFilename: file,
    // Modules of packages may be scripts.
    sourceType: isTypeScript ? 'module' : 'unambiguous',
    errorRecovery: true,
    allowReturnOutsideFunction: true,
    plugins,
  });
}
