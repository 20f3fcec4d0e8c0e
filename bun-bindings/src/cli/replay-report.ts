import { DeterminismViolationError } from '@temporalio/workflow';

/** The outcome of one replayed history. */
export interface ReplayOutcome {
  source: string;
  workflowId: string;
  /** `nondeterminism`: the code does not fit the history. `failed`: the replay could not be carried out. */
  result: 'ok' | 'nondeterminism' | 'failed';
  message?: string;
  /** The event that the code does not fit, if the error names it. */
  event?: { id: number; type: string };
}

/** Describes how a replay went, from the error that it ended with. */
export function outcomeOf(source: string, workflowId: string, error: Error | undefined): ReplayOutcome {
  if (error === undefined) return { source, workflowId, result: 'ok' };
  const { message } = error;
  const result = error instanceof DeterminismViolationError ? 'nondeterminism' : 'failed';
  return { source, workflowId, result, message, event: eventIn(message) };
}

/** Finds the event that a message of core names, as in `HistoryEvent(id: 5, TimerStarted)`. */
function eventIn(message: string): ReplayOutcome['event'] {
  const [, id, type] = /HistoryEvent\(id: (\d+), (\w+)\)/.exec(message) ?? [];
  return type === undefined ? undefined : { id: Number(id), type };
}

/** Writes the outcomes as JUnit's XML, which CI systems show as tests. */
export function junitReport(outcomes: readonly ReplayOutcome[]): string {
  const failures = outcomes.filter(({ result }) => result !== 'ok').length;
  const cases = outcomes.map(({ source, result, message = '' }) => {
    const name = escapeXml(source);
    return result === 'ok'
      ? `    <testcase classname="replay" name="${name}"/>`
      : `    <testcase classname="replay" name="${name}"><failure type="${result}" message="${escapeXml(message)}"/></testcase>`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites tests="${outcomes.length}" failures="${failures}">`,
    `  <testsuite name="temporal-bun replay" tests="${outcomes.length}" failures="${failures}">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

const XML_ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' };

function escapeXml(text: string): string {
  return text
    .replace(/[&<>"\n]/g, (character) => XML_ESCAPES[character] ?? '')
    .replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}
