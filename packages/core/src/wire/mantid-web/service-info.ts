import { WireFormatError } from "../wire-format-error.js";
import { parseJsonObject, textOf, textsOf } from "../json-object.js";

/** The one version of the interface that there has been. */
export const mantidApiVersion = 1;

/** Names of what a service can do beyond the interface itself. */
export const mantidExtensions = {
  /** `query` tells three dates. */
  jobDates: "JOB_DATES",
  /** `info` tells whose session it is. */
  userName: "AUTH_USER_NAME",
  /** Our gateway's: outcomes, submit keys, sizes, directories, ranges; docs/reference/mantid-web.md. */
  scarf: "SCARF_TOMO_1",
} as const;

/** What `info` tells of a service. */
export interface MantidServiceInfo {
  readonly apiVersion: number;
  readonly extensions: readonly string[];
  /** Fields of `submit` beyond the interface itself. */
  readonly submitVariables: readonly string[];
  /** Whose session it is, where the service tells. */
  readonly authenticatedAs?: string;
}

export function renderServiceInfo(info: MantidServiceInfo): string {
  return JSON.stringify({
    API_Version: info.apiVersion,
    API_Extensions: info.extensions,
    // The page of the interface has both names.
    Implementation_Specific_Post_Variables: info.submitVariables,
    Implementation_Specific_Submit_Variables: info.submitVariables,
    ...(info.authenticatedAs !== undefined && { Authenticated_As: info.authenticatedAs }),
  });
}

/** @throws {WireFormatError} `malformed`: it tells no version. */
export function parseServiceInfo(text: string): MantidServiceInfo {
  const info = parseJsonObject(text);
  const apiVersion = Number(textOf(info["API_Version"]) ?? Number.NaN);
  if (!Number.isFinite(apiVersion)) throw new WireFormatError("malformed", "It has no API_Version.");
  const authenticatedAs = textOf(info["Authenticated_As"]);
  const submitVariables = [
    ...textsOf(info["Implementation_Specific_Post_Variables"]),
    ...textsOf(info["Implementation_Specific_Submit_Variables"]),
  ];
  return {
    apiVersion,
    extensions: textsOf(info["API_Extensions"]),
    submitVariables: [...new Set(submitVariables)],
    ...(authenticatedAs !== undefined && { authenticatedAs }),
  };
}
