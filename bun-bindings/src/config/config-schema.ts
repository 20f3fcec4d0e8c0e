import { z } from 'zod';

const text = z.string().min(1, 'must not be empty');
const flag = z.enum(['true', 'false', '1', '0'], { error: 'must be true, false, 1 or 0' });
const unsupportedFlag = flag.refine((value) => value === 'false' || value === '0', {
  error:
    'is not supported: set TEMPORAL_TLS_SERVER_NAME to the name in the certificate, or TEMPORAL_TLS_SERVER_CA_CERT_PATH',
});
const address = z.string().regex(/^(\[[^\]]+\]|[^:\s]+)(:\d{1,5})?$/, 'must be host:port');
const pem = z.union([z.object({ path: text }), z.object({ data: z.union([text, z.instanceof(Uint8Array)]) })]);

/** Settings with two variables: one for the path of a file, one for its contents. */
const PEM_VARIABLES = ['TEMPORAL_TLS_CLIENT_CERT', 'TEMPORAL_TLS_CLIENT_KEY', 'TEMPORAL_TLS_SERVER_CA_CERT'] as const;

/** The environment variables. All are optional. */
const environment = z
  .object({
    /** `host:port` of the server. */
    TEMPORAL_ADDRESS: text,
    TEMPORAL_NAMESPACE: text,
    TEMPORAL_TASK_QUEUE: text,
    TEMPORAL_API_KEY: text,
    /** Turns TLS on or off, overriding all other settings. */
    TEMPORAL_TLS: flag,
    TEMPORAL_TLS_CLIENT_CERT_PATH: text,
    TEMPORAL_TLS_CLIENT_CERT_DATA: text,
    TEMPORAL_TLS_CLIENT_KEY_PATH: text,
    TEMPORAL_TLS_CLIENT_KEY_DATA: text,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: text,
    TEMPORAL_TLS_SERVER_CA_CERT_DATA: text,
    /** The expected name in the server's certificate. */
    TEMPORAL_TLS_SERVER_NAME: text,
    TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: unsupportedFlag,
    /** The path of a TOML file of profiles. */
    TEMPORAL_CONFIG_FILE: text,
    /** The name of the profile in that file. */
    TEMPORAL_PROFILE: text,
    /** Prefix of the worker's identity. */
    TEMPORAL_WORKER_IDENTITY_PREFIX: text,
  })
  .partial()
  .superRefine((variables, context) => {
    for (const name of PEM_VARIABLES) {
      if (variables[`${name}_PATH`] === undefined || variables[`${name}_DATA`] === undefined) continue;
      context.addIssue({ code: 'custom', path: [`${name}_DATA`], message: `cannot be set beside ${name}_PATH` });
    }
  });

/** A profile, merged from the environment and the file. */
const profile = z.object({
  address: address.optional(),
  namespace: text.optional(),
  apiKey: text.optional(),
  tls: z
    .object({
      disabled: z.boolean().optional(),
      serverName: text.optional(),
      clientCert: pem.optional(),
      clientKey: pem.optional(),
      serverCACert: pem.optional(),
    })
    .superRefine(({ clientCert, clientKey }, context) => {
      if ((clientCert === undefined) === (clientKey === undefined)) return;
      const [missing, given] = clientKey === undefined ? ['clientKey', 'certificate'] : ['clientCert', 'key'];
      context.addIssue({ code: 'custom', path: [missing], message: `is missing beside the client ${given}` });
    })
    .optional(),
  grpcMeta: z.record(z.string(), z.string()).optional(),
});

/** The environment variables and the profile. */
export const configSchema = z.object({ environment, profile });
