import { DeterminismViolationError } from '@temporalio/workflow';
import type { Divergence } from './divergence.ts';

/** The outcome of one replayed history. */
export interface ReplayOutcome extends Divergence {
  source: string;
  workflowId: string;
  /** `nondeterminism`: the code does not fit the history. `failed`: the replay could not be carried out. */
  result: 'ok' | 'nondeterminism' | 'failed';
  message?: string;
  /** Whether there is no history to replay: a file cannot be read, or holds something else. */
  isUnread?: boolean;
}

/** Describes how a replay went, from the error that it ended with. */
export function outcomeOf(
  source: string,
  workflowId: string,
  error: Error | undefined,
  divergence: Divergence = {},
): ReplayOutcome {
  if (error === undefined) return { source, workflowId, result: 'ok' };
  const result = error instanceof DeterminismViolationError ? 'nondeterminism' : 'failed';
  return { source, workflowId, result, message: innerMessage(error.message), ...divergence };
}

/** The message of the failure that an error of core prints with all of its fields, or the text as it is. */
function innerMessage(text: string): string {
  const [, quoted] = /Failure \{ message: ("(?:[^"\\]|\\.)*")/.exec(text) ?? [];
  if (quoted === undefined) return text;
  try {
    return JSON.parse(quoted);
  } catch {
    return quoted.slice(1, -1); // with an escape that only Rust has
  }
}

/** Says in a line each where code and history part. */
export function describeDivergence({ event, command, place }: Divergence): string[] {
  const lines: string[] = [];
  const asked = command === undefined ? '' : [command.type, command.name].filter(Boolean).join(' ');
  if (event !== undefined) {
    const instead = asked === '' ? 'for which the code asks for nothing' : `where the code asks for ${asked}`;
    lines.push(
      place === undefined && asked === ''
        ? `at event ${event.id} (${event.type})`
        : `at event ${event.id} (${event.type}), ${instead}`,
    );
  }
  if (place !== undefined) lines.push(asked === '' && event !== undefined ? `it waits at ${place}` : `at ${place}`);
  return lines;
}

/** Writes the outcomes as JUnit's XML, which CI systems show as tests. */
export function junitReport(outcomes: readonly ReplayOutcome[]): string {
  const failures = outcomes.filter(({ result }) => result !== 'ok').length;
  const cases = outcomes.map((outcome) => {
    const { source, result, message = '' } = outcome;
    const name = escapeXml(source);
    if (result === 'ok') return `    <testcase classname="replay" name="${name}"/>`;
    const details = escapeXml([message, ...describeDivergence(outcome)].join('\n'));
    return `    <testcase classname="replay" name="${name}"><failure type="${result}" message="${escapeXml(message)}">${details}</failure></testcase>`;
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
