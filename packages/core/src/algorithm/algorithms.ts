import type { AnyAlgorithm } from "./define-algorithm.js";
import * as remote from "./remote/index.js";
import { SCARFTomoReconstruction } from "./scarf-tomo-reconstruction.js";

/** All algorithms, for programs that find them by name or list them. Those of a transaction's life stand in its order. */
export const algorithms: readonly AnyAlgorithm[] = [
  SCARFTomoReconstruction,
  remote.Authenticate,
  remote.StartRemoteTransaction,
  remote.UploadRemoteFile,
  remote.SubmitRemoteJob,
  remote.QueryRemoteJob,
  remote.QueryAllRemoteJobs,
  remote.QueryRemoteFile,
  remote.DownloadRemoteFile,
  remote.AbortRemoteJob,
  remote.StopRemoteTransaction,
  remote.Logout,
];
