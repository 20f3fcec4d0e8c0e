export { NativeBridgeError } from './error.ts';
