import type { JobSpec } from "../model/index.js";

/** The spec for a person to read: values of variables that look secret by their names are masked. */
export function withoutSecrets(spec: JobSpec): JobSpec {
  if (spec.environment === undefined) return spec;
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(spec.environment)) {
    environment[name] = /PASS|SECRET|TOKEN|KEY|CREDENTIAL|AUTH/i.test(name) ? "***" : value;
  }
  return { ...spec, environment };
}
