import type { StackTraceFileLocation } from '@temporalio/workflow';

/** Where workflow code is, as stack-trace queries tell it: as text, and frame by frame. */
export interface Place {
  formatted: string;
  structured: StackTraceFileLocation[];
}
