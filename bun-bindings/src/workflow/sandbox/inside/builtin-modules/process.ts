/** `node:process`. */
import { process } from 'temporal:run';

module.exports = process;
