export function echo(text: string): Promise<string>;
export function fail(message: string): Promise<void>;
export function failTwice(key: string): Promise<string>;
export function waitForCancellation(): Promise<void>;
export function never(): Promise<void>;
