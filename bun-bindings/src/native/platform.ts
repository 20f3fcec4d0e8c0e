import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** The C library of a Linux system: glibc or musl. */
type LibC = 'gnu' | 'musl';

/** Values of `e_machine` in an ELF header, by the names that `process.arch` has for them. */
const ELF_MACHINES: Record<number, string> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64', 243: 'riscv64' };
const ELF_MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
const ELF_MACHINE_OFFSET = 18;

/** Names the platform of this process like the platform packages: `linux-x64-gnu`, `darwin-arm64`. */
export function platformName(): string {
  const name = `${process.platform}-${process.arch}`;
  return process.platform === 'linux' ? `${name}-${libCOf(memoryMaps())}` : name;
}

/** Tells glibc from musl by the files that the process has mapped, listed in `/proc/<pid>/maps`. */
export function libCOf(maps: string): LibC {
  return /\/(ld-musl-|libc\.musl-)/.test(maps) ? 'musl' : 'gnu';
}

/** The name of the library's file on this platform. */
export function libraryFileName(): string {
  switch (process.platform) {
    case 'darwin':
      return 'libtemporal_bun_bridge.dylib';
    case 'win32':
      return 'temporal_bun_bridge.dll';
    default:
      return 'libtemporal_bun_bridge.so';
  }
}

/** Reads the architecture of an ELF file, named like `process.arch`. Undefined if it is not an ELF file. */
export function elfArchitecture(path: string): string | undefined {
  const header = Buffer.alloc(ELF_MACHINE_OFFSET + 2);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  if (!header.subarray(0, ELF_MAGIC.length).equals(ELF_MAGIC)) return undefined;
  const machine = header.readUInt16LE(ELF_MACHINE_OFFSET);
  return ELF_MACHINES[machine] ?? `machine ${machine}`;
}

function memoryMaps(): string {
  try {
    return readFileSync('/proc/self/maps', 'utf8');
  } catch {
    return '';
  }
}
