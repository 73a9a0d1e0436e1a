import type { TransferOptions } from "../resources/compute-resource.js";
import type { AlgorithmCallOptions } from "./define-algorithm.js";

/** For a transfer: what it tells of its progress goes on to the caller, with the name of what is on its way. */
export function reportAs(
  file: string,
  { onProgress }: AlgorithmCallOptions,
): Pick<TransferOptions, "onProgress"> {
  if (onProgress === undefined) return {};
  return { onProgress: (progress) => onProgress({ ...progress, file }) };
}
