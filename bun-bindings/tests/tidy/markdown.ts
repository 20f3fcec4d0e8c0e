/** The text of a document with its code blocks replaced by empty lines, so that line numbers stay. */
function withoutCodeBlocks(markdown: string): string {
  return markdown.replace(/^ *(```|~~~)[\s\S]*?^ *\1 *$/gm, (block) => block.replace(/[^\n]/g, ''));
}

/** The targets of a document's inline links and of its link definitions. */
export function linkTargets(markdown: string): string[] {
  const text = withoutCodeBlocks(markdown).replace(/`[^`\n]*`/g, '');
  const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)];
  const definitions = [...text.matchAll(/^ *\[[^\]]+\]: *(\S+)/gm)];
  return [...inline, ...definitions].map(([, target = '']) => target);
}

/** The code spans of a document, with the numbers of their lines. */
export function codeSpans(markdown: string): { line: number; code: string }[] {
  return withoutCodeBlocks(markdown)
    .split('\n')
    .flatMap((text, index) => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => ({ line: index + 1, code })));
}

/** The anchors of a document's headings, as GitHub and GitLab make them. */
export function anchors(markdown: string): Set<string> {
  const found = new Map<string, number>();
  const result = new Set<string>();
  for (const [, title = ''] of withoutCodeBlocks(markdown).matchAll(/^#{1,6} +(.*?) *#*$/gm)) {
    const anchor = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    const earlier = found.get(anchor) ?? 0;
    found.set(anchor, earlier + 1);
    result.add(earlier === 0 ? anchor : `${anchor}-${earlier}`);
  }
  return result;
}

/** The lines of a document's code blocks that name no language, such as figures of routes. */
export function figureLines(markdown: string): { line: number; text: string }[] {
  const lines = markdown.split('\n');
  const found: { line: number; text: string }[] = [];
  let block: 'none' | 'figure' | 'code' = 'none';
  for (const [index, text] of lines.entries()) {
    const fence = /^ *```(.*)$/.exec(text)?.[1]?.trim();
    if (fence !== undefined) block = block !== 'none' ? 'none' : fence === '' ? 'figure' : 'code';
    else if (block === 'figure') found.push({ line: index + 1, text });
  }
  return found;
}
