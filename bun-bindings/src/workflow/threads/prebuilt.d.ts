/** A bundle of `main.ts`, imported as a file. */
declare module '*/prebuilt/workflow-thread.js' {
  const path: string;
  export default path;
}
