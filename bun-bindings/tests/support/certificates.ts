import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its private key, in PEM. */
interface KeyPair {
  crt: Buffer;
  key: Buffer;
}

/** An authority, and certificates that it signed. */
export interface Certificates {
  authority: Buffer;
  /** For `localhost`, `temporal.test` and 127.0.0.1. */
  server: KeyPair;
  client: KeyPair;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes a new authority and certificates of a day's life. */
export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'certificates-'));
  try {
    const read = async (name: string) => Buffer.from(await Bun.file(join(folder, name)).arrayBuffer());
    await openssl(folder, [
      'req',
      '-x509',
      ...NEW_KEY,
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-subj',
      '/CN=authority',
    ]);
    const signed = async (name: string, extensions: string): Promise<KeyPair> => {
      await Bun.write(join(folder, 'extensions'), `basicConstraints=CA:FALSE\n${extensions}\n`);
      await openssl(folder, [
        'req',
        ...NEW_KEY,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
        '-subj',
        `/CN=${name}`,
      ]);
      const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
      const output = ['-extfile', 'extensions', '-out', `${name}.crt`];
      await openssl(folder, ['x509', '-req', '-in', `${name}.csr`, ...authority, ...output]);
      return { crt: await read(`${name}.crt`), key: await read(`${name}.key`) };
    };
    return {
      server: await signed('server', 'subjectAltName=DNS:localhost,DNS:temporal.test,IP:127.0.0.1'),
      client: await signed('client', 'subjectAltName=DNS:client.test'),
      authority: await read('ca.crt'),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Makes a certificate for `localhost` that signs itself, and that has expired. */
export async function makeExpiredCertificate(): Promise<KeyPair> {
  const folder = await mkdtemp(join(tmpdir(), 'certificates-'));
  try {
    await openssl(folder, ['req', ...NEW_KEY, '-keyout', 'key', '-out', 'csr', '-subj', '/CN=localhost']);
    await Bun.write(join(folder, 'extensions'), 'subjectAltName=DNS:localhost\n');
    const signed = ['-signkey', 'key', '-days', '-1', '-extfile', 'extensions', '-out', 'crt'];
    await openssl(folder, ['x509', '-req', '-in', 'csr', ...signed]);
    const read = async (name: string) => Buffer.from(await Bun.file(join(folder, name)).arrayBuffer());
    return { crt: await read('crt'), key: await read('key') };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function openssl(cwd: string, command: string[]): Promise<void> {
  const child = Bun.spawn(['openssl', ...command], { cwd, stdout: 'ignore', stderr: 'pipe' });
  if ((await child.exited) !== 0) throw new Error(`openssl ${command[0]}: ${await new Response(child.stderr).text()}`);
}
