import { z } from 'zod';

const text = z.string().min(1, 'must not be empty');
const flag = z.enum(['true', 'false', '1', '0'], { error: 'must be true, false, 1 or 0' });

/** Variables that hold a file's path, beside the ones that hold its contents. */
const SOURCES = ['TEMPORAL_TLS_CLIENT_CERT', 'TEMPORAL_TLS_CLIENT_KEY', 'TEMPORAL_TLS_SERVER_CA_CERT'] as const;

/** What the environment may say. Every variable may be left out. */
export const environmentSchema = z
  .object({
    /** `host:port` of the server. */
    TEMPORAL_ADDRESS: text,
    TEMPORAL_NAMESPACE: text,
    TEMPORAL_TASK_QUEUE: text,
    TEMPORAL_API_KEY: text,
    /** Turns TLS on or off, whatever else is set. */
    TEMPORAL_TLS: flag,
    TEMPORAL_TLS_CLIENT_CERT_PATH: text,
    TEMPORAL_TLS_CLIENT_CERT_DATA: text,
    TEMPORAL_TLS_CLIENT_KEY_PATH: text,
    TEMPORAL_TLS_CLIENT_KEY_DATA: text,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: text,
    TEMPORAL_TLS_SERVER_CA_CERT_DATA: text,
    /** The name that the server's certificate must have. */
    TEMPORAL_TLS_SERVER_NAME: text,
    TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: flag,
    /** A file of profiles, in TOML. */
    TEMPORAL_CONFIG_FILE: text,
    /** The profile in that file. */
    TEMPORAL_PROFILE: text,
    /** Put before the worker's identity. */
    TEMPORAL_WORKER_IDENTITY_PREFIX: text,
  })
  .partial()
  .superRefine((environment, context) => {
    const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    for (const source of SOURCES) {
      if (environment[`${source}_PATH`] !== undefined && environment[`${source}_DATA`] !== undefined) {
        issue(`${source}_DATA`, `cannot be set beside ${source}_PATH`);
      }
    }
    const has = (source: (typeof SOURCES)[number]) =>
      environment[`${source}_PATH`] !== undefined || environment[`${source}_DATA`] !== undefined;
    if (has('TEMPORAL_TLS_CLIENT_CERT') !== has('TEMPORAL_TLS_CLIENT_KEY')) {
      const [given, missing] = has('TEMPORAL_TLS_CLIENT_CERT') ? ['CERT', 'KEY'] : ['KEY', 'CERT'];
      issue(`TEMPORAL_TLS_CLIENT_${missing}_PATH`, `is missing beside TEMPORAL_TLS_CLIENT_${given}_*`);
    }
    const unverified = environment.TEMPORAL_TLS_DISABLE_HOST_VERIFICATION;
    if (unverified === 'true' || unverified === '1') {
      issue(
        'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION',
        'is not supported: set TEMPORAL_TLS_SERVER_NAME to the name in the certificate, or TEMPORAL_TLS_SERVER_CA_CERT_PATH',
      );
    }
  });

export type TemporalEnvironment = z.infer<typeof environmentSchema>;
