/** A command that workflow code has asked for. */
export interface PlacedCommand {
  /** The command's kind, as a `coresdk.workflow_commands.WorkflowCommand` names it: `startTimer`, `scheduleActivity`… */
  type: string;
  /** The activity type, workflow type, signal or patch of the command. */
  name?: string | undefined;
  /** `file:line:column` of the code that asked for it. Absent if no code did, as when a workflow function returns. */
  place?: string | undefined;
}

/** Where a run was in its code when it left the cache. Replay workers tell it of runs that do not fit their history. */
export interface CodePlaces {
  /** The id of the event that completed the last workflow task in the history. */
  taskCompletedEventId: number;
  /** The commands of that task, in their order. */
  commands: PlacedCommand[];
  /** `file:line:column` of each place where the run waits. */
  waits: string[];
  /** `file:line:column` of the code that failed the workflow task, if it has failed. */
  failure?: string | undefined;
}

const FRAME = /^\s+at (?:async )?(?:.* \()?(.+:\d+:\d+)\)?$/;
const PACKAGE = /[\\/]node_modules[\\/]/;

/** The place of the first frame of a mapped stack that belongs to the project. */
export function placeInStack(stack: string | undefined): string | undefined {
  const places = (stack ?? '').split('\n').flatMap((line) => FRAME.exec(line)?.[1] ?? []);
  return places.find((place) => !PACKAGE.test(place));
}
