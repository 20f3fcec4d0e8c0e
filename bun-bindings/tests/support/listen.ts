import type { AddressInfo, Server } from 'node:net';

/** Makes a server listen on a free port of 127.0.0.1. Resolves with the port. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Resolves when the server takes no more connections, and those that it had are over. */
export async function close(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}
