import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks of Linux are 10 ms. */
const TICK_MS = 10;

/** CPU time of threads in ms, by their names; threads of the same name are added up. */
export type ThreadTimes = Record<string, number>;

/** The CPU time of a process, user and system, in ms: whole ticks. */
export function cpuMs(pid: number): number {
  return timeIn(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

export function threadTimes(pid: number): ThreadTimes {
  const times: ThreadTimes = {};
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const stat = statOf(pid, thread);
    // It has ended meanwhile.
    if (stat === undefined) continue;
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    times[name] = (times[name] ?? 0) + timeIn(stat);
  }
  return times;
}

function statOf(pid: number, thread: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
  } catch {
    return undefined;
  }
}

/** Resident memory of a process. */
export function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** Fields are counted from the end of the name, which may hold spaces. */
function timeIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
