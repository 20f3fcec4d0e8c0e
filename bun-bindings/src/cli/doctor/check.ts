/** The outcome of one check of `temporal-bun doctor`. */
export interface CheckResult {
  name: string;
  status: 'ok' | 'warning' | 'failed';
  /** The finding, in a sentence. */
  detail: string;
  /** How to mend it. */
  remedy?: string;
}

export function ok(name: string, detail: string): CheckResult {
  return { name, status: 'ok', detail };
}

export function warning(name: string, detail: string, remedy: string): CheckResult {
  return { name, status: 'warning', detail, remedy };
}

export function failed(name: string, detail: string, remedy: string): CheckResult {
  return { name, status: 'failed', detail, remedy };
}
