import type { ApplicationCatalogue } from "../applications/index.js";
import type { JobId, ResourceSpec } from "../model/index.js";
import type { CallOptions } from "../resources/compute-resource.js";
import type { SubmitJournal } from "../sessions/submit-journal.js";
import type { Overwrite, RetryOptions } from "../transfers/index.js";

/** What `reconstructScan` is told besides the scan. */
export interface ReconstructOptions extends CallOptions {
  /** Directory here that receives the results; made if it isn't there. */
  readonly directory: string;
  /** What to do about files that are there already. With `error` the directory must be empty. @defaultValue "error" */
  readonly overwrite?: Overwrite;
  /** Application that reconstructs. @defaultValue "recon" */
  readonly application?: string;
  /** Values of its form, besides the scan. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Field of the form that names the scan. @defaultValue its first field of type `file` */
  readonly scanField?: string;
  /** `scanFile` is a path on the resource already: nothing is sent. */
  readonly scanIsThere?: boolean;
  /** Directory on the resource for the scan. @defaultValue `scans` in the user's own, or the job's directory where that can't be used */
  readonly remoteDirectory?: string;
  /** Replace another file of the scan's name there. @defaultValue false: an error */
  readonly replaceScan?: boolean;
  readonly jobName?: string;
  readonly queue?: string;
  readonly resources?: ResourceSpec;
  /** @defaultValue the built-in applications */
  readonly applications?: ApplicationCatalogue;
  /** Keeps the submit for a later run, should this program end before the answer. */
  readonly journal?: SubmitJournal;
  /** How persistently submits and transfers are tried again after a failure that may pass. */
  readonly retry?: RetryOptions;
  /** Takes up a job that was submitted before: nothing is sent, only watched and fetched. */
  readonly jobId?: JobId;
  /** False: the results stay on the resource. @defaultValue true */
  readonly download?: boolean;
}
