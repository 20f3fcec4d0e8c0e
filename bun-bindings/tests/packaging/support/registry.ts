import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { $, type Server } from 'bun';

interface Manifest {
  name: string;
  version: string;
}

/**
 * A registry on this machine that has the packages of a folder of tarballs, and everything else from the registry that npm is
 * set up with. Installs from it are what users get once the packages are published.
 */
export class LocalRegistry implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server<undefined>;

  static async start(folder: string): Promise<LocalRegistry> {
    const upstream = (await $`npm config get registry`.text()).trim();
    const tarballs = new Map<string, string>();
    const manifests = new Map<string, Manifest>();
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.tgz'))) {
      const manifest = await readManifest(join(folder, file));
      manifests.set(manifest.name, manifest);
      tarballs.set(manifest.name, join(folder, file));
    }
    return new LocalRegistry(upstream, manifests, tarballs);
  }

  private constructor(upstream: string, manifests: Map<string, Manifest>, tarballs: Map<string, string>) {
    this.#server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: (request) => {
        const url = new URL(request.url);
        const [, name = ''] = /^\/([^/]+|@[^/]+\/[^/]+?)(?:\/-\/.*)?$/.exec(decodeURIComponent(url.pathname)) ?? [];
        const tarball = tarballs.get(name);
        const manifest = manifests.get(name);
        if (tarball === undefined || manifest === undefined) return passOn(request, upstream);
        if (url.pathname.endsWith('.tgz')) return new Response(Bun.file(tarball));
        return Response.json(packument(manifest, tarball, `${url.origin}/${name}/-/${basename(tarball)}`));
      },
    });
    this.url = this.#server.url.href;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}

function packument(manifest: Manifest, tarball: string, url: string): object {
  const integrity = `sha512-${new Bun.CryptoHasher('sha512').update(readFileSync(tarball)).digest('base64')}`;
  return {
    name: manifest.name,
    'dist-tags': { latest: manifest.version },
    versions: { [manifest.version]: { ...manifest, dist: { tarball: url, integrity } } },
  };
}

/** Asks the registry that npm is set up with. Tarballs come from there too: its answers name them. */
async function passOn(request: Request, upstream: string): Promise<Response> {
  const { pathname } = new URL(request.url);
  const accept = request.headers.get('accept') ?? '*/*';
  const answer = await fetch(new URL(pathname.slice(1), upstream), { headers: { accept } });
  return new Response(await answer.arrayBuffer(), {
    status: answer.status,
    headers: { 'content-type': answer.headers.get('content-type') ?? 'application/json' },
  });
}

async function readManifest(tarball: string): Promise<Manifest> {
  return JSON.parse(await $`tar -xzOf ${tarball} package/package.json`.text());
}
