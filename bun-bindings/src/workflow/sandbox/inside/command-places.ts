import type { coresdk } from '@temporalio/proto';
import { host } from './bridge.ts';
import { type CodePlaces, type PlacedCommand, placeInStack } from './code-places.ts';
import type { Place } from './place.ts';
import { rawStackOf } from './raw-stack.ts';

export type Command = coresdk.workflow_commands.IWorkflowCommand;

/** Fields of a command that say of what it is. */
interface Named {
  activityType?: string;
  workflowType?: string;
  signalName?: string;
  patchId?: string;
  failure?: { stackTrace?: string };
}

/**
 * Where workflow code has asked for the commands of its last workflow task, for replays that have to tell why code does not fit
 * a history. The server's part of a task is compared when its commands are known, so those of earlier tasks are of no use.
 */
export class CommandPlaces {
  #historyLength = 0;
  #commands: { command: Command; at: Error }[] = [];

  note(command: Command, historyLength: number): void {
    if (historyLength !== this.#historyLength) {
      this.#historyLength = historyLength;
      this.#commands = [];
    }
    this.#commands.push({ command, at: new Error() });
  }

  /** The places in JSON, which may leave the realm. */
  read(waits: readonly Place[]): string {
    return JSON.stringify({
      // A history counts up to the start of the task. Its completion follows.
      taskCompletedEventId: this.#historyLength + 1,
      commands: this.#commands.map(describe),
      waits: waits.flatMap((place) => ownPlace(place) ?? []),
    } satisfies CodePlaces);
  }
}

function describe({ command, at }: { command: Command; at: Error }): PlacedCommand {
  const { userMetadata: _, ...variants } = command;
  const [type = 'unknown', fields] = Object.entries(variants)[0] ?? [];
  const { activityType, workflowType, signalName, patchId, failure } = (fields ?? {}) as Named;
  // A workflow that fails does so where it has thrown.
  const thrown = placeInStack(failure?.stackTrace);
  const stack = rawStackOf(at);
  return {
    type,
    name: activityType ?? workflowType ?? signalName ?? patchId,
    place: thrown ?? (typeof stack === 'string' ? ownPlace(JSON.parse(host.placeOf(stack))) : undefined),
  };
}

/** The first place of the workflow's own code, as `file:line:column`. */
function ownPlace({ structured }: Place): string | undefined {
  const own = structured.find(
    ({ internal_code, file_path }) => !internal_code && !file_path?.includes('/node_modules/'),
  );
  return own && `${own.file_path}:${own.line}:${own.column}`;
}
