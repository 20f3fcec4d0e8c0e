globalThis.POLYFILL = {};
module.exports = {};
