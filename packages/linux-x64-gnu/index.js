// Imported as a file, so that `bun build` takes the library into what it makes.
import library from './libtemporal_bun_bridge.so' with { type: 'file' };

export default library;
