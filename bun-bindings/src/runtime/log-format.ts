import { formatWithOptions } from 'node:util';
import type { LogLevel } from '@temporalio/common';
import { jsonFields } from './json-fields.ts';
import type { LogEntry } from './log-entry.ts';

/** Forms of a log line. `json`: an object. `compact`: one line. `pretty`: for the eye, over several lines. */
export const LOG_FORMATS = ['json', 'pretty', 'compact'] as const;

export type LogFormat = (typeof LOG_FORMATS)[number];

/** Keys of a JSON line that no field may take. A field of that name gets an underscore. */
const RESERVED = ['time', 'level', 'message'];

/** ANSI colours of levels: grey, blue, green, yellow, red. */
const COLORS: Record<LogLevel, number> = { TRACE: 90, DEBUG: 34, INFO: 32, WARN: 33, ERROR: 31 };

/** Writes a line, without its end, in a format. Colours are for terminals. */
export function formatLine(entry: LogEntry, format: LogFormat, colors: boolean): string {
  const time = new Date(Number(entry.timestampNanos / 1_000_000n)).toISOString();
  switch (format) {
    case 'json':
      return jsonLine(entry, time);
    case 'compact':
      return compactLine(entry, time, colors);
    case 'pretty': {
      const { level, message, meta } = entry;
      const details = meta === undefined ? '' : ` ${formatWithOptions({ colors }, meta)}`;
      return `${time} [${level}] ${message}${details}`;
    }
  }
}

function jsonLine({ level, message, meta = {} }: LogEntry, time: string): string {
  const fields = Object.entries(meta).map(([key, value]) => [
    RESERVED.includes(key) ? `${key}_` : key,
    jsonFields(value),
  ]);
  return JSON.stringify({ time, level, message, ...Object.fromEntries(fields) });
}

function compactLine({ level, message, meta = {} }: LogEntry, time: string, colors: boolean): string {
  const name = level.padEnd(5);
  const shown = colors ? `\x1b[${COLORS[level]}m${name}\x1b[39m` : name;
  const fields = Object.entries(meta).flatMap(([key, value]) => {
    const copied = jsonFields(value);
    if (copied === undefined) return [];
    const isPlain = typeof copied === 'string' && /^[^\s"=\p{C}]+$/u.test(copied);
    return [` ${key}=${isPlain ? copied : JSON.stringify(copied)}`];
  });
  return `${time} ${shown} ${message.replaceAll('\n', '\\n')}${fields.join('')}`;
}
