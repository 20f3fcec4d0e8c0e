/** `queueMicrotask`; what `callback` throws fails the workflow task, as an unhandled rejection does. */
export function makeQueueMicrotask(): (callback: () => void) => void {
  return function queueMicrotask(callback) {
    if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function');
    Promise.resolve().then(() => {
      callback();
    });
  };
}
