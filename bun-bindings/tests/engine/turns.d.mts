export function turnsTaken(): Promise<string[]>;
